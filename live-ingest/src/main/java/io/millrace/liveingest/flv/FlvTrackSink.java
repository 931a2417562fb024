package io.millrace.liveingest.flv;

import io.netty.buffer.ByteBuf;

/// Receives what one audio or video message says, track by track, in the message's order. Buffers
/// are slices of the message: borrowed with it.
public interface FlvTrackSink {
    /// @param trackId 0 is the default track, the only one without multitrack framing
    /// @param nanosecondOffset to be added to the message's time of presentation; 0..999999
    void body(int trackId, int nanosecondOffset, FlvBody body);

    /// HDR metadata, which holds until the next: {@link VideoColorInfo#read} tells what it says.
    ///
    /// @param amf AMF0 values: the name and its value
    default void colorInfo(int trackId, FlvCodec codec, ByteBuf amf) {}

    /// Which channel goes to which speaker, for codecs whose configuration does not say.
    default void channels(int trackId, FlvCodec codec, ChannelLayout layout) {}
}
