/// The command line: `millrace serve`, `demo`, `config`, `version` and their options.
@NullMarked
package io.millrace.mediaserver.cli;

import org.jspecify.annotations.NullMarked;
