package io.millrace.liveingest.stream;

import io.millrace.delivery.media.TrackKind;
import io.netty.buffer.ByteBuf;

/// One access unit on a stream's time line.
///
/// Ownership: whoever is handed one borrows it, and retains `data` to keep it.
///
/// @param keyFrame always true for audio
/// @param decodeTimeMs on the stream's time line: 64 bit, never goes back on one track
/// @param compositionTimeMs presentation minus decode time
/// @param data NAL units with lengths, or the codec's frame
public record AccessUnit(
        TrackKind kind, boolean keyFrame, long decodeTimeMs, int compositionTimeMs, ByteBuf data) {
    public boolean isVideo() {
        return kind == TrackKind.VIDEO;
    }
}
