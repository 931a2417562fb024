package io.millrace.liveingest.flv;

import io.millrace.liveingest.flv.FlvBody.Config;
import io.millrace.liveingest.flv.FlvBody.End;
import io.millrace.liveingest.flv.FlvBody.Frame;
import io.millrace.liveingest.flv.FlvBody.Nothing;
import io.millrace.liveingest.flv.FlvBody.Unsupported;
import io.netty.buffer.ByteBuf;

/// VIDEODATA of FLV 10.1 §E.4.3 and ExVideoTagHeader of Enhanced RTMP v2.
///
/// | form | byte 0 | then |
/// |---|---|---|
/// | legacy | frame type (4) codec (4) | codec 7 and 12: packet type u8, composition time s24, body |
/// | enhanced | 1, frame type (3), packet type (4) | FourCC, body as the packet type says |
public final class FlvVideoBody {
    private static final int KEY = 1;
    private static final int COMMAND = 5;

    private FlvVideoBody() {}

    /// Borrows `in`, whose reader index moves; slices in the answer are borrowed with it.
    public static FlvBody read(ByteBuf in) throws FlvException {
        if (!in.isReadable()) {
            return Nothing.NOTHING;
        }
        int first = in.readUnsignedByte();
        return (first & 0x80) != 0 ? enhanced(first, in) : legacy(first, in);
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
        need(in, 4);
        int packet = in.readUnsignedByte();
        int compositionTime = in.readMedium();
        return switch (packet) {
            case 0 -> config(codec, in);
            case 1 -> frame(codec, frameType == KEY, compositionTime, in);
            case 2 -> new End(codec);
            default -> new Unsupported("FLV packet type " + packet);
        };
    }

    private static FlvBody enhanced(int first, ByteBuf in) throws FlvException {
        int frameType = first >> 4 & 7;
        int packet = ExPackets.skipModifiers(first & 0x0F, in);
        if (frameType == COMMAND && packet != ExPackets.METADATA) {
            return Nothing.NOTHING;
        }
        FlvCodec shared = null;
        if (packet == ExPackets.MULTITRACK) {
            var track = ExPackets.defaultTrack(in, true);
            if (track == null) {
                return Nothing.NOTHING;
            }
            if (track.codec() == null) {
                return new Unsupported("video FourCC in a multitrack message");
            }
            packet = track.packet();
            shared = track.codec();
            in = track.body();
        }
        FlvCodec codec = shared;
        if (codec == null) {
            need(in, 4);
            int fourCc = in.readInt();
            codec = FlvCodec.of(fourCc, true);
            if (codec == null) {
                return new Unsupported("video FourCC " + ExPackets.text(fourCc));
            }
        }
        return switch (packet) {
            case ExPackets.SEQUENCE_START -> config(codec, in);
            case ExPackets.CODED_FRAMES -> {
                int compositionTime = 0;
                if (codec.hasCompositionTime()) {
                    need(in, 3);
                    compositionTime = in.readMedium();
                }
                yield frame(codec, frameType == KEY, compositionTime, in);
            }
            case ExPackets.SEQUENCE_END -> new End(codec);
            case ExPackets.CODED_FRAMES_X -> frame(codec, frameType == KEY, 0, in);
            case ExPackets.METADATA -> Nothing.NOTHING;
            default -> new Unsupported("video packet type " + packet);
        };
    }

    private static FlvBody config(FlvCodec codec, ByteBuf in) {
        return in.isReadable() ? new Config(codec, in.slice()) : Nothing.NOTHING;
    }

    private static FlvBody frame(FlvCodec codec, boolean key, int compositionTime, ByteBuf in) {
        return in.isReadable()
                ? new Frame(codec, key, compositionTime, in.slice())
                : Nothing.NOTHING;
    }

    private static void need(ByteBuf in, int bytes) throws FlvException {
        if (in.readableBytes() < bytes) {
            throw new FlvException("video tag cut off after " + in.readerIndex() + " bytes");
        }
    }
}
