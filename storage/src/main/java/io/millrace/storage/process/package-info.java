/// Starting child processes that die with us.
@NullMarked
package io.millrace.storage.process;

import org.jspecify.annotations.NullMarked;
