@NullMarked
package io.millrace.mediaserver.role;

import org.jspecify.annotations.NullMarked;
