/// Whether what we serve decodes to exactly what the source decodes to: pictures by hash and time,
/// audio sample by sample; and whether the segments' own structure is right, read by other code
/// than wrote it.
///
/// Start at {@link io.millrace.delivery.exact.FrameExactTest}.
@NullMarked
package io.millrace.delivery.exact;

import org.jspecify.annotations.NullMarked;
