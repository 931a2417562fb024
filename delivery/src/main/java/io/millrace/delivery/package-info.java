/// From stored or live media to HTTP responses.
@NullMarked
package io.millrace.delivery;

import org.jspecify.annotations.NullMarked;
