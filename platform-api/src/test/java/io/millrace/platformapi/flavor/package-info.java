@NullUnmarked
package io.millrace.platformapi.flavor;

import org.jspecify.annotations.NullUnmarked;
