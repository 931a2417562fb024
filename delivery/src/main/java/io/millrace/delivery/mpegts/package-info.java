/// MPEG-2 transport streams (ISO/IEC 13818-1): packets, PSI, PES.
///
/// Start at {@link io.millrace.delivery.mpegts.TsMuxer}, which live packaging feeds with access
/// units; stored media go through `packaging.TsPieces`, which shares the packetizer.
@NullMarked
package io.millrace.delivery.mpegts;

import org.jspecify.annotations.NullMarked;
