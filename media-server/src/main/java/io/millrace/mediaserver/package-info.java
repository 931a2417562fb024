/// The program: main, roles, configuration, life cycle, metrics, and the packaged distribution.
@NullMarked
package io.millrace.mediaserver;

import org.jspecify.annotations.NullMarked;
