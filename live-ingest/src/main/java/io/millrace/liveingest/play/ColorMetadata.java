package io.millrace.liveingest.play;

import io.millrace.liveingest.flv.FlvCodec;

/// To which viewers the publisher's word on a video's colours goes (colorInfo of Enhanced RTMP).
public enum ColorMetadata {
    /// To nobody: mpegts.js stops with an error at a packet type that it does not know, and
    /// browsers have no use for it.
    NEVER,

    /// Of codecs that only players of Enhanced RTMP know; for older ones, it would be a picture of
    /// another codec among H.264's.
    ENHANCED,

    ALWAYS;

    boolean goesWith(FlvCodec codec) {
        return this == ALWAYS || this == ENHANCED && codec != FlvCodec.AVC;
    }
}
