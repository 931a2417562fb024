package io.millrace.liveingest.flv;

import io.millrace.liveingest.flv.FlvBody.Config;
import io.millrace.liveingest.flv.FlvBody.End;
import io.millrace.liveingest.flv.FlvBody.Frame;
import io.millrace.liveingest.flv.FlvBody.Nothing;
import io.millrace.liveingest.flv.FlvBody.Unsupported;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/// AUDIODATA of FLV 10.1 §E.4.2 and ExAudioTagHeader of Enhanced RTMP v2.
///
/// | form | byte 0 | then |
/// |---|---|---|
/// | legacy | format (4) rate (2) size (1) stereo (1) | AAC: packet type u8; body |
/// | enhanced | 9, packet type (4) | {@link ExTracks}; bodies as the packet type says |
///
/// Rate and stereo bits are not believed: the codec's own configuration is.
public final class FlvAudioBody {
    private static final int EX_HEADER = 9;

    /// Two channels at 48 kHz: what an Opus stream is that says nothing.
    private static final byte[] OPUS_HEAD = {
        'O', 'p', 'u', 's', 'H', 'e', 'a', 'd', 1, 2, 0, 0, (byte) 0x80, (byte) 0xBB, 0, 0, 0, 0, 0
    };

    private FlvAudioBody() {}

    /// What the message says of the default track. Borrows `in`, whose reader index moves; slices
    /// in the answer are borrowed with it.
    public static FlvBody read(ByteBuf in) throws FlvException {
        var sink = new DefaultTrack();
        read(in, sink);
        return sink.said();
    }

    /// All that the message says, to its end. Borrows `in`, whose reader index moves.
    public static void read(ByteBuf in, FlvTrackSink sink) throws FlvException {
        if (in.readableBytes() < 2) {
            return; // a silence marker
        }
        int first = in.readUnsignedByte();
        if (first >> 4 != EX_HEADER) {
            sink.body(0, 0, legacy(first >> 4, in));
            return;
        }
        ExTracks tracks = ExTracks.open(first, in);
        if (tracks.packet() == ExTracks.AUDIO_MULTITRACK) {
            tracks.openMultitrack(ExTracks.AUDIO_MULTITRACK);
        }
        while (tracks.next()) {
            FlvCodec codec = FlvCodec.of(tracks.fourCc(), false);
            if (codec != null && tracks.packet() == ExTracks.METADATA) {
                sink.channels(tracks.trackId(), codec, ChannelLayout.read(tracks.body()));
            } else {
                FlvBody body =
                        codec == null
                                ? new Unsupported("audio FourCC " + ExTracks.text(tracks.fourCc()))
                                : enhanced(tracks.packet(), codec, tracks.body());
                sink.body(tracks.trackId(), tracks.nanosecondOffset(), body);
            }
        }
    }

    private static FlvBody legacy(int format, ByteBuf in) {
        return switch (format) {
            case 10 ->
                    switch (in.readUnsignedByte()) {
                        case 0 -> config(FlvCodec.AAC, in);
                        case 1 -> frame(FlvCodec.AAC, in);
                        default -> new Unsupported("AAC packet type");
                    };
            case 2, 14 -> frame(FlvCodec.MP3, in);
            case 0, 3 -> new Unsupported("PCM audio");
            case 1 -> new Unsupported("ADPCM audio");
            case 4, 5, 6 -> new Unsupported("Nellymoser audio");
            case 7 -> new Unsupported("G.711 A-law audio");
            case 8 -> new Unsupported("G.711 mu-law audio");
            case 11 -> new Unsupported("Speex audio");
            default -> new Unsupported("FLV audio format " + format);
        };
    }

    private static FlvBody enhanced(int packet, FlvCodec codec, ByteBuf in) {
        return switch (packet) {
            case ExTracks.SEQUENCE_START ->
                    codec == FlvCodec.OPUS && !in.isReadable()
                            ? new Config(codec, Unpooled.wrappedBuffer(OPUS_HEAD))
                            : config(codec, in);
            case ExTracks.CODED_FRAMES -> frame(codec, in);
            case ExTracks.SEQUENCE_END -> new End(codec);
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
