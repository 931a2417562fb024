/// Children that decode strangers' media: so many at a time, sandboxed, fed by pipes with a little
/// MP4 of our own ({@link SampleMovie}). Nothing of this process decodes (ADR 0014).
///
/// Start at {@link Decoders}. What they are asked for is in `thumbnail` and `tempo`.
@NullMarked
package io.millrace.delivery.decode;

import org.jspecify.annotations.NullMarked;
