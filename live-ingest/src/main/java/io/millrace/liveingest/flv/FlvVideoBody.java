package io.millrace.liveingest.flv;

import io.millrace.liveingest.flv.FlvBody.Config;
import io.millrace.liveingest.flv.FlvBody.End;
import io.millrace.liveingest.flv.FlvBody.Frame;
import io.millrace.liveingest.flv.FlvBody.Nothing;
import io.millrace.liveingest.flv.FlvBody.Unsupported;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/// VIDEODATA of FLV 10.1 §E.4.3 and ExVideoTagHeader of Enhanced RTMP v1 and v2.
///
/// | form | byte 0 | then |
/// |---|---|---|
/// | legacy | frame type (4) codec (4) | codec 7 and 12: packet type u8, composition time s24, body |
/// | enhanced | 1, frame type (3), packet type (4) | {@link ExTracks}; bodies as the packet type says |
public final class FlvVideoBody {
    private static final int KEY = 1;
    private static final int COMMAND = 5;

    private FlvVideoBody() {}

    /// What the message says of the default track. Borrows `in`, whose reader index moves; slices
    /// in the answer are borrowed with it.
    public static FlvBody read(ByteBuf in) throws FlvException {
        var sink = new DefaultTrack();
        read(in, sink);
        return sink.said();
    }

    /// All that the message says, to its end. Borrows `in`, whose reader index moves.
    public static void read(ByteBuf in, FlvTrackSink sink) throws FlvException {
        if (!in.isReadable()) {
            return;
        }
        int first = in.readUnsignedByte();
        if ((first & 0x80) == 0) {
            sink.body(0, 0, legacy(first, in));
            return;
        }
        int frameType = first >> 4 & 7;
        ExTracks tracks = ExTracks.open(first, in);
        if (frameType == COMMAND && tracks.packet() != ExTracks.METADATA) {
            return; // a seek's begin or end, for players
        }
        if (tracks.packet() == ExTracks.VIDEO_MULTITRACK) {
            tracks.openMultitrack(ExTracks.VIDEO_MULTITRACK);
        }
        while (tracks.next()) {
            FlvCodec codec = FlvCodec.of(tracks.fourCc(), true);
            if (codec != null && tracks.packet() == ExTracks.METADATA) {
                sink.colorInfo(tracks.trackId(), codec, tracks.body().slice());
            } else {
                FlvBody body =
                        codec == null
                                ? new Unsupported("video FourCC " + ExTracks.text(tracks.fourCc()))
                                : enhanced(tracks.packet(), codec, frameType, tracks.body());
                sink.body(tracks.trackId(), tracks.nanosecondOffset(), body);
            }
        }
    }

    private static FlvBody legacy(int first, ByteBuf in) throws FlvException {
        int frameType = first >> 4;
        FlvCodec codec =
                switch (first & 0x0F) {
                    case 7 -> FlvCodec.AVC;
                    case 12 -> FlvCodec.HEVC; // never specified; old encoders and SRS use it
                    default -> null;
                };
        if (codec == null) {
            return new Unsupported("FLV video codec " + (first & 0x0F));
        }
        if (frameType == COMMAND) {
            return Nothing.NOTHING;
        }
        ExTracks.need(in, 4, "video tag");
        int packet = in.readUnsignedByte();
        int compositionTime = in.readMedium();
        return switch (packet) {
            case 0 -> config(HevcAsAvc.inConfig(codec, in), in);
            case 1 -> {
                boolean key = frameType == KEY;
                yield frame(HevcAsAvc.inFrame(codec, in), key, compositionTime, in);
            }
            case 2 -> new End(codec);
            default -> new Unsupported("FLV packet type " + packet);
        };
    }

    private static FlvBody enhanced(int packet, FlvCodec codec, int frameType, ByteBuf in)
            throws FlvException {
        return switch (packet) {
            case ExTracks.SEQUENCE_START -> config(codec, in);
            case ExTracks.CODED_FRAMES -> {
                int compositionTime = 0;
                if (codec.hasCompositionTime()) {
                    ExTracks.need(in, 3, "composition time");
                    compositionTime = in.readMedium();
                }
                yield frame(codec, frameType == KEY, compositionTime, in);
            }
            case ExTracks.SEQUENCE_END -> new End(codec);
            case ExTracks.CODED_FRAMES_X -> frame(codec, frameType == KEY, 0, in);
            case ExTracks.MPEG2_TS_SEQUENCE_START ->
                    codec == FlvCodec.AV1
                            ? av1Descriptor(in)
                            : new Unsupported("MPEG-2 TS sequence start of " + codec.fourCc());
            default -> new Unsupported("video packet type " + packet);
        };
    }

    /// The AV1 video descriptor of a transport stream: tag 0x80, length 4, and four bytes that are
    /// av1C's but for the two highest bits of the last, which say how HDR is told.
    private static FlvBody av1Descriptor(ByteBuf in) throws FlvException {
        ExTracks.need(in, 6, "AV1 descriptor");
        byte[] record = new byte[4];
        in.getBytes(in.readerIndex() + 2, record);
        record[3] &= 0x1F;
        return new Config(FlvCodec.AV1, Unpooled.wrappedBuffer(record));
    }

    private static FlvBody config(FlvCodec codec, ByteBuf in) {
        return in.isReadable() ? new Config(codec, in.slice()) : Nothing.NOTHING;
    }

    private static FlvBody frame(FlvCodec codec, boolean key, int compositionTime, ByteBuf in) {
        return in.isReadable()
                ? new Frame(codec, key, compositionTime, in.slice())
                : Nothing.NOTHING;
    }
}
