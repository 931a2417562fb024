package io.millrace.liveingest.play;

import io.millrace.liveingest.flv.FlvBody;
import io.millrace.liveingest.flv.FlvBodyWriter;
import io.millrace.liveingest.flv.FlvCodec;
import io.millrace.liveingest.flv.VideoColorInfo;
import io.millrace.liveingest.rtmp.amf.Amf0Writer;
import io.millrace.liveingest.rtmp.amf.AmfValue;
import io.millrace.liveingest.rtmp.chunk.ChunkWriter;
import io.millrace.liveingest.rtmp.message.RtmpMessageType;
import io.millrace.liveingest.rtmp.message.RtmpMessageWriter;
import io.millrace.liveingest.stream.AccessUnit;
import io.millrace.liveingest.stream.StreamTracks;
import io.millrace.liveingest.stream.StreamTracks.Configured;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

import org.jspecify.annotations.Nullable;

/// RTMP chunks. Every message has a full header (fmt 0), so the bytes depend on nothing that was
/// sent before.
///
/// @param messageStreamId the players', nearly always 1
public record RtmpFraming(int messageStreamId, ColorMetadata colors) implements TagFraming {
    /// What connections announce and messages are cut into.
    public static final int CHUNK_SIZE = 4096;

    private static final int MOST_HEADER_BYTES = 16;

    @Override
    public ViewerKind kind() {
        return ViewerKind.RTMP;
    }

    @Override
    public void opening(StreamTracks tracks, ByteBuf out) {}

    @Override
    public void configuration(StreamTracks tracks, long timeMs, ByteBuf out) {
        ByteBuf body = out.alloc().heapBuffer(512);
        try {
            Amf0Writer.write(body, AmfValue.of("onMetaData"));
            Amf0Writer.write(body, StreamMetadata.of(tracks));
            write(
                    RtmpMessageWriter.DATA_STREAM,
                    RtmpMessageType.DATA_AMF0,
                    timeMs,
                    body,
                    Unpooled.EMPTY_BUFFER,
                    out);
            sequenceHeader(tracks.video(), timeMs, body, out);
            colors(tracks.video(), timeMs, body, out);
            sequenceHeader(tracks.audio(), timeMs, body, out);
        } finally {
            body.release();
        }
    }

    private void sequenceHeader(
            @Nullable Configured track, long timeMs, ByteBuf body, ByteBuf out) {
        if (track == null || !track.codec().hasSequenceHeader()) {
            return;
        }
        body.clear();
        FlvBodyWriter.write(
                new FlvBody.Config(track.codec(), Unpooled.wrappedBuffer(track.config())), body);
        media(track.codec().isVideo(), timeMs, body, Unpooled.EMPTY_BUFFER, out);
    }

    private void colors(@Nullable Configured video, long timeMs, ByteBuf body, ByteBuf out) {
        VideoColorInfo said = video == null ? null : video.color();
        if (video != null && said != null && colors.goesWith(video.codec())) {
            body.clear();
            FlvBodyWriter.colors(video.codec(), said, body);
            media(true, timeMs, body, Unpooled.EMPTY_BUFFER, out);
        }
    }

    @Override
    public void unit(FlvCodec codec, AccessUnit unit, ByteBuf out) {
        ByteBuf header = out.alloc().heapBuffer(MOST_HEADER_BYTES);
        try {
            FlvBodyWriter.frameHeader(codec, unit.keyFrame(), unit.compositionTimeMs(), header);
            media(unit.isVideo(), unit.decodeTimeMs(), header, unit.data(), out);
        } finally {
            header.release();
        }
    }

    private void media(boolean video, long timeMs, ByteBuf header, ByteBuf data, ByteBuf out) {
        write(
                video ? RtmpMessageWriter.VIDEO_STREAM : RtmpMessageWriter.AUDIO_STREAM,
                video ? RtmpMessageType.VIDEO : RtmpMessageType.AUDIO,
                timeMs,
                header,
                data,
                out);
    }

    private void write(
            int chunkStream, int type, long timeMs, ByteBuf header, ByteBuf data, ByteBuf out) {
        ChunkWriter.write(
                CHUNK_SIZE, chunkStream, type, timeMs, messageStreamId, header, data, out);
    }
}
