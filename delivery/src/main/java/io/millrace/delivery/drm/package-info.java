/// Encryption of what is sent: AES-128 of whole segments, SAMPLE-AES in MPEG-TS, Common Encryption
/// (`cenc`, `cbcs`) in fMP4; the keys it takes and where they come from.
///
/// {@link io.millrace.delivery.drm.Protection} is what a presentation is protected with; {@link
/// io.millrace.delivery.drm.Encryption} decides which presentations are, and asks a {@link
/// io.millrace.delivery.drm.KeyProvider} for their keys. The ciphers change bytes in place and know
/// no segment, playlist or request; which bytes of a segment they get is `packaging`'s business,
/// how players are told is `hls`'s and `dash`'s.
///
/// A key never stands in a message, a log line or a `toString`.
@NullMarked
package io.millrace.delivery.drm;

import org.jspecify.annotations.NullMarked;
