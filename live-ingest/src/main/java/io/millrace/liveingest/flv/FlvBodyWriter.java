package io.millrace.liveingest.flv;

import io.millrace.liveingest.flv.FlvBody.Config;
import io.millrace.liveingest.flv.FlvBody.End;
import io.millrace.liveingest.flv.FlvBody.Frame;
import io.millrace.liveingest.flv.FlvBody.Nothing;
import io.millrace.liveingest.flv.FlvBody.Unsupported;
import io.netty.buffer.ByteBuf;

/// Writes tag bodies: H.264, AAC and MP3 in the legacy form, which every player reads, all else as
/// Enhanced RTMP v1/v2 has it. The counterpart of {@link FlvVideoBody} and {@link FlvAudioBody}.
public final class FlvBodyWriter {
    private static final int KEY = 1;
    private static final int INTER = 2;
    private static final int COMMAND = 5;
    private static final int AVC = 7;

    /// AAC's fixed byte: 44 kHz, 16 bit, stereo, whatever it really is.
    private static final int AAC = 0xAF;

    private static final int MP3 = 0x2F;

    private FlvBodyWriter() {}

    /// Appends `body` to `out`. Borrows both; the body's buffer keeps its indices.
    public static void write(FlvBody body, ByteBuf out) {
        switch (body) {
            case Config(FlvCodec codec, ByteBuf record) -> {
                header(codec, KEY, ExTracks.SEQUENCE_START, 0, out);
                out.writeBytes(record, record.readerIndex(), record.readableBytes());
            }
            case Frame(FlvCodec codec, boolean key, int compositionTimeMs, ByteBuf data) -> {
                frameHeader(codec, key, compositionTimeMs, out);
                out.writeBytes(data, data.readerIndex(), data.readableBytes());
            }
            case End(FlvCodec codec) -> header(codec, KEY, ExTracks.SEQUENCE_END, 0, out);
            case Nothing _ -> {}
            case Unsupported(String what) ->
                    throw new IllegalArgumentException("body: " + what + " (expected: known)");
        }
    }

    /// What comes before a frame's data, so that the data need not be copied.
    public static void frameHeader(
            FlvCodec codec, boolean key, int compositionTimeMs, ByteBuf out) {
        header(codec, key ? KEY : INTER, ExTracks.CODED_FRAMES, compositionTimeMs, out);
    }

    /// What the publisher says of a video's colours. Borrows `out`.
    public static void colors(FlvCodec codec, VideoColorInfo colors, ByteBuf out) {
        out.writeByte(0x80 | COMMAND << 4 | ExTracks.METADATA);
        out.writeInt(codec.number());
        colors.write(out);
    }

    private static void header(
            FlvCodec codec, int frameType, int packet, int compositionTimeMs, ByteBuf out) {
        switch (codec) {
            case AVC -> {
                out.writeByte(frameType << 4 | AVC);
                out.writeByte(packet);
                out.writeMedium(compositionTimeMs);
            }
            case AAC -> {
                // It has no end of sequence in this form: an empty frame says nothing.
                out.writeByte(AAC);
                out.writeByte(Math.min(packet, ExTracks.CODED_FRAMES));
            }
            case MP3 -> out.writeByte(MP3);
            case HEVC, AV1, VP9, VP8, VVC -> {
                boolean zero =
                        packet == ExTracks.CODED_FRAMES
                                && compositionTimeMs == 0
                                && codec.hasCompositionTime();
                out.writeByte(0x80 | frameType << 4 | (zero ? ExTracks.CODED_FRAMES_X : packet));
                out.writeInt(codec.number());
                if (packet == ExTracks.CODED_FRAMES && !zero && codec.hasCompositionTime()) {
                    out.writeMedium(compositionTimeMs);
                }
            }
            case OPUS, FLAC, AC3, EAC3 -> {
                out.writeByte(0x90 | packet);
                out.writeInt(codec.number());
            }
        }
    }
}
