package io.millrace.liveingest.flv;

import io.netty.buffer.ByteBuf;

/// What one audio or video tag says. Buffers are slices of the tag's body: borrowed with it.
public sealed interface FlvBody {
    /// The decoder configuration: avcC, hvcC, av1C, vpcC, AudioSpecificConfig, OpusHead …
    record Config(FlvCodec codec, ByteBuf record) implements FlvBody {}

    /// One access unit.
    ///
    /// @param keyFrame always true for audio
    /// @param compositionTimeMs presentation minus decode time; may be negative
    record Frame(FlvCodec codec, boolean keyFrame, int compositionTimeMs, ByteBuf data)
            implements FlvBody {}

    /// The sequence has ended; a new configuration follows before anything else.
    record End(FlvCodec codec) implements FlvBody {}

    /// Says nothing that is needed: silence markers, seek commands, other tracks, metadata.
    enum Nothing implements FlvBody {
        NOTHING
    }

    /// A codec or packet type that is not known here.
    record Unsupported(String what) implements FlvBody {}
}
