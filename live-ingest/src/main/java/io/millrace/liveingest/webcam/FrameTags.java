package io.millrace.liveingest.webcam;

import io.millrace.delivery.media.TrackKind;
import io.millrace.liveingest.demux.DemuxedTrack;
import io.millrace.liveingest.demux.NalByteStream;
import io.millrace.liveingest.flv.FlvBody;
import io.millrace.liveingest.flv.FlvBodyWriter;
import io.millrace.liveingest.flv.FlvCodec;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;

/// One track's frames as tag bodies: the configuration first, and again when a key frame brings
/// another. One thread at a time.
final class FrameTags {
    private static final int TAG_HEADER_BYTES = 16;

    /// Where tag bodies go.
    interface Sink {
        /// Takes `body` over.
        void tag(TrackKind kind, long timestampMs, ByteBuf body);
    }

    private final TrackKind kind;
    private final FlvCodec codec;
    private final byte[] containerConfig;
    private final ByteBufAllocator alloc;

    /// Null for codecs that have no such form, and where the container has a configuration.
    private final @Nullable NalByteStream byteStream;

    private byte[] announced = {};

    /// @param codec of the track, which is known
    FrameTags(DemuxedTrack track, FlvCodec codec, ByteBufAllocator alloc) {
        this.kind = track.kind();
        this.codec = codec;
        this.containerConfig = track.config();
        this.alloc = alloc;
        boolean nalUnits = codec == FlvCodec.AVC || codec == FlvCodec.HEVC;
        byteStream = nalUnits && containerConfig.length == 0 ? new NalByteStream(codec) : null;
    }

    /// Borrows `data`.
    void frame(long timeMs, int compositionMs, boolean keyFrame, ByteBuf data, Sink sink) {
        ByteBuf body = alloc.buffer(data.readableBytes() + TAG_HEADER_BYTES);
        try {
            FlvBodyWriter.frameHeader(codec, keyFrame, compositionMs, body);
            int header = body.writerIndex();
            byte[] config;
            if (byteStream != null && NalByteStream.isOne(data)) {
                byteStream.convert(data, body);
                config = byteStream.config();
            } else {
                body.writeBytes(data, data.readerIndex(), data.readableBytes());
                config =
                        codec == FlvCodec.AV1 && keyFrame
                                ? Av1Configs.complete(containerConfig, data)
                                : announced.length == 0 ? containerConfig : announced;
            }
            if (config.length > 0 && !Arrays.equals(config, announced)) {
                announced = config;
                ByteBuf start = alloc.buffer(config.length + TAG_HEADER_BYTES);
                FlvBodyWriter.write(
                        new FlvBody.Config(codec, Unpooled.wrappedBuffer(config)), start);
                sink.tag(kind, timeMs, start);
            }
            if (body.writerIndex() > header) {
                sink.tag(kind, timeMs, body.retain());
            }
        } finally {
            body.release();
        }
    }
}
