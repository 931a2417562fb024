/// Who may watch, where somebody is asked about each viewer: one question for a connection of RTMP
/// or HTTP-FLV ({@link io.millrace.liveingest.gate.PlayGate}), and one for a viewer of HLS or DASH,
/// who comes by requests that share nothing but how they look ({@link
/// io.millrace.liveingest.gate.PlaylistGate}).
///
/// Not here: links' tokens (`play`, `live`), and who is asked (`hook`).
@NullMarked
package io.millrace.liveingest.gate;

import org.jspecify.annotations.NullMarked;
