@NullUnmarked
package io.millrace.platformapi;

import org.jspecify.annotations.NullUnmarked;
