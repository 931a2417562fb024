/// Someone else's bad bytes, as checked exceptions that every format throws: malformed, or sound
/// and not supported.
@NullMarked
package io.millrace.delivery.failure;

import org.jspecify.annotations.NullMarked;
