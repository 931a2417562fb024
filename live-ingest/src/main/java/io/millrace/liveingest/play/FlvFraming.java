package io.millrace.liveingest.play;

import io.millrace.liveingest.flv.FlvBody;
import io.millrace.liveingest.flv.FlvBodyWriter;
import io.millrace.liveingest.flv.FlvCodec;
import io.millrace.liveingest.flv.VideoColorInfo;
import io.millrace.liveingest.rtmp.amf.Amf0Writer;
import io.millrace.liveingest.rtmp.amf.AmfValue;
import io.millrace.liveingest.stream.AccessUnit;
import io.millrace.liveingest.stream.StreamTracks;
import io.millrace.liveingest.stream.StreamTracks.Configured;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

import org.jspecify.annotations.Nullable;

/// An FLV file without end (FLV 10.1 Annex E).
///
/// | part | bytes |
/// |---|---|
/// | header | "FLV", version 1, flags 4 audio 1 video, u32 9, then u32 0 |
/// | tag | type u8, size u24, time u24, its bits 24..31 u8, stream id u24 0, body, u32 11 + size |
public record FlvFraming(ColorMetadata colors) implements TagFraming {
    private static final int AUDIO = 8;
    private static final int VIDEO = 9;
    private static final int SCRIPT = 18;
    private static final int TAG_HEADER_BYTES = 11;

    @Override
    public ViewerKind kind() {
        return ViewerKind.HTTP_FLV;
    }

    @Override
    public void opening(StreamTracks tracks, ByteBuf out) {
        out.writeMedium('F' << 16 | 'L' << 8 | 'V').writeByte(1);
        out.writeByte((tracks.audio() == null ? 0 : 4) | (tracks.video() == null ? 0 : 1));
        out.writeInt(9).writeInt(0);
    }

    @Override
    public void configuration(StreamTracks tracks, long timeMs, ByteBuf out) {
        int start = begin(SCRIPT, timeMs, out);
        Amf0Writer.write(out, AmfValue.of("onMetaData"));
        Amf0Writer.write(out, StreamMetadata.of(tracks));
        end(start, out);
        sequenceHeader(VIDEO, tracks.video(), timeMs, out);
        colors(tracks.video(), timeMs, out);
        sequenceHeader(AUDIO, tracks.audio(), timeMs, out);
    }

    private static void sequenceHeader(
            int type, @Nullable Configured track, long timeMs, ByteBuf out) {
        if (track == null || !track.codec().hasSequenceHeader()) {
            return;
        }
        int start = begin(type, timeMs, out);
        FlvBodyWriter.write(
                new FlvBody.Config(track.codec(), Unpooled.wrappedBuffer(track.config())), out);
        end(start, out);
    }

    private void colors(@Nullable Configured video, long timeMs, ByteBuf out) {
        VideoColorInfo said = video == null ? null : video.color();
        if (video != null && said != null && colors.goesWith(video.codec())) {
            int start = begin(VIDEO, timeMs, out);
            FlvBodyWriter.colors(video.codec(), said, out);
            end(start, out);
        }
    }

    @Override
    public void unit(FlvCodec codec, AccessUnit unit, ByteBuf out) {
        int start = begin(unit.isVideo() ? VIDEO : AUDIO, unit.decodeTimeMs(), out);
        FlvBodyWriter.frameHeader(codec, unit.keyFrame(), unit.compositionTimeMs(), out);
        ByteBuf data = unit.data();
        out.writeBytes(data, data.readerIndex(), data.readableBytes());
        end(start, out);
    }

    private static int begin(int type, long timeMs, ByteBuf out) {
        int start = out.writerIndex();
        out.writeByte(type).writeMedium(0);
        out.writeMedium((int) timeMs).writeByte((int) (timeMs >>> 24)).writeMedium(0);
        return start;
    }

    private static void end(int start, ByteBuf out) {
        int size = out.writerIndex() - start - TAG_HEADER_BYTES;
        out.setMedium(start + 1, size);
        out.writeInt(TAG_HEADER_BYTES + size);
    }
}
