package io.millrace.liveingest.play;

import io.millrace.liveingest.flv.FlvCodec;
import io.millrace.liveingest.stream.AccessUnit;
import io.millrace.liveingest.stream.StreamTracks;
import io.netty.buffer.ByteBuf;

/// How tags are written for one kind of viewer. The same bytes go to all of them, so nothing here
/// depends on a viewer. Values with equality: viewers of equal framings share their bytes.
public sealed interface TagFraming permits FlvFraming, RtmpFraming {
    ViewerKind kind();

    /// What a viewer gets before anything else.
    void opening(StreamTracks tracks, ByteBuf out);

    /// Metadata and the codecs' configurations, as they hold from `timeMs` on.
    void configuration(StreamTracks tracks, long timeMs, ByteBuf out);

    /// One unit. Borrows both buffers; the unit's keeps its indices.
    void unit(FlvCodec codec, AccessUnit unit, ByteBuf out);
}
