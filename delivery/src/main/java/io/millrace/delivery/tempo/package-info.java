/// Sound at another rate of play: decoded, stretched without a change of pitch, and encoded as AAC
/// again, a stretch at a time, when somebody asks for it (ADR 0025).
///
/// Its frames all have one size, so its sample table is known before a byte of it exists, and
/// packaging works as with any file. {@link SpedTrack} is the plan of one track: its table, and
/// which samples of the source each stretch needs. {@link TempoEncoder} makes a stretch, with a
/// child of `decode`; {@link AacPadding} gives its frames their size.
@NullMarked
package io.millrace.delivery.tempo;

import org.jspecify.annotations.NullMarked;
