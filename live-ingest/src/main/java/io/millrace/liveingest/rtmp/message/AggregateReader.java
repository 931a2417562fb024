package io.millrace.liveingest.rtmp.message;

import io.millrace.delivery.media.TrackKind;
import io.millrace.liveingest.rtmp.message.RtmpMessage.Aggregate;
import io.netty.buffer.ByteBuf;

/// Takes an aggregate apart (RTMP 1.0 §7.1.6): FLV tags, each with 11 bytes before and 4 behind.
/// Their times are moved so that the first one's is the message's.
public final class AggregateReader {
    private static final int TAG_HEADER_BYTES = 11;
    private static final int BACK_POINTER_BYTES = 4;

    private AggregateReader() {}

    /// Receives the audio and video tags in their order.
    @FunctionalInterface
    public interface Sink {
        /// Takes `body` over.
        ///
        /// @param timestampMs unsigned 32 bit
        void media(TrackKind kind, long timestampMs, ByteBuf body);
    }

    /// Takes the aggregate over. A tag that is cut off ends it.
    public static void read(Aggregate aggregate, Sink sink) {
        ByteBuf in = aggregate.payload();
        try {
            long shift = 0;
            boolean first = true;
            while (in.readableBytes() >= TAG_HEADER_BYTES) {
                int type = in.readUnsignedByte() & 0x1F; // above: the bit for encryption
                int size = in.readUnsignedMedium();
                long time = in.readUnsignedMedium() | (long) in.readUnsignedByte() << 24;
                in.skipBytes(3); // message stream id
                if (size > in.readableBytes()) {
                    return;
                }
                if (first) {
                    shift = aggregate.timestampMs() - time;
                    first = false;
                }
                long moved = time + shift & 0xFFFF_FFFFL;
                switch (type) {
                    case RtmpMessageType.AUDIO ->
                            sink.media(TrackKind.AUDIO, moved, in.readRetainedSlice(size));
                    case RtmpMessageType.VIDEO ->
                            sink.media(TrackKind.VIDEO, moved, in.readRetainedSlice(size));
                    default -> in.skipBytes(size);
                }
                in.skipBytes(Math.min(BACK_POINTER_BYTES, in.readableBytes()));
            }
        } finally {
            in.release();
        }
    }
}
