package io.millrace.liveingest.flv;

import io.millrace.liveingest.flv.FlvBody.Config;
import io.millrace.liveingest.flv.FlvBody.End;
import io.millrace.liveingest.flv.FlvBody.Frame;
import io.millrace.liveingest.flv.FlvBody.Nothing;
import io.millrace.liveingest.flv.FlvBody.Unsupported;
import io.netty.buffer.ByteBuf;

/// AUDIODATA of FLV 10.1 §E.4.2 and ExAudioTagHeader of Enhanced RTMP v2.
///
/// | form | byte 0 | then |
/// |---|---|---|
/// | legacy | format (4) rate (2) size (1) stereo (1) | AAC: packet type u8; body |
/// | enhanced | 9, packet type (4) | FourCC, body as the packet type says |
///
/// Rate and stereo bits are not believed: the codec's own configuration is.
public final class FlvAudioBody {
    private static final int EX_HEADER = 9;
    private static final int MULTITRACK = 5;

    private FlvAudioBody() {}

    /// Borrows `in`, whose reader index moves; slices in the answer are borrowed with it.
    public static FlvBody read(ByteBuf in) throws FlvException {
        if (in.readableBytes() < 2) {
            return Nothing.NOTHING; // a silence marker
        }
        int first = in.readUnsignedByte();
        int format = first >> 4;
        return switch (format) {
            case 10 ->
                    switch (in.readUnsignedByte()) {
                        case 0 -> config(FlvCodec.AAC, in);
                        case 1 -> frame(FlvCodec.AAC, in);
                        default -> new Unsupported("AAC packet type");
                    };
            case 2, 14 -> frame(FlvCodec.MP3, in);
            case EX_HEADER -> enhanced(first & 0x0F, in);
            default -> new Unsupported("FLV audio format " + format);
        };
    }

    private static FlvBody enhanced(int type, ByteBuf in) throws FlvException {
        int packet = ExPackets.skipModifiers(type, in);
        FlvCodec codec = null;
        if (packet == MULTITRACK) {
            var track = ExPackets.defaultTrack(in, false);
            if (track == null) {
                return Nothing.NOTHING;
            }
            if (track.codec() == null) {
                return new Unsupported("audio FourCC in a multitrack message");
            }
            packet = track.packet();
            codec = track.codec();
            in = track.body();
        } else {
            if (in.readableBytes() < 4) {
                throw new FlvException("audio FourCC cut off");
            }
            int fourCc = in.readInt();
            codec = FlvCodec.of(fourCc, false);
            if (codec == null) {
                return new Unsupported("audio FourCC " + ExPackets.text(fourCc));
            }
        }
        return switch (packet) {
            case ExPackets.SEQUENCE_START -> config(codec, in);
            case ExPackets.CODED_FRAMES -> frame(codec, in);
            case ExPackets.SEQUENCE_END -> new End(codec);
            case ExPackets.METADATA -> Nothing.NOTHING; // MultichannelConfig: the codec says it too
            default -> new Unsupported("audio packet type " + packet);
        };
    }

    private static FlvBody config(FlvCodec codec, ByteBuf in) {
        return in.isReadable() ? new Config(codec, in.slice()) : Nothing.NOTHING;
    }

    private static FlvBody frame(FlvCodec codec, ByteBuf in) {
        return in.isReadable() ? new Frame(codec, true, 0, in.slice()) : Nothing.NOTHING;
    }
}
