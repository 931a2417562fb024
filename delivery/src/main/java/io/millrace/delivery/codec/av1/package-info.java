/// AV1 (AV1 in ISOBMFF §2.3).
@NullMarked
package io.millrace.delivery.codec.av1;

import org.jspecify.annotations.NullMarked;
