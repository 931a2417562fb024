package io.millrace.liveingest.webcam;

import io.millrace.delivery.failure.UnsupportedMediaException;
import io.millrace.liveingest.demux.Demuxer;
import io.millrace.liveingest.demux.Mp4Demuxer;
import io.millrace.liveingest.demux.WebmDemuxer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/// Which container begins with these bytes.
final class Containers {
    private static final int EBML = 0x1A;

    /// The first byte of a first box's size, which is small.
    private static final int FTYP_SIZE = 0;

    private Containers() {}

    /// Of a file with these bytes.
    static String extension(Demuxer demuxer) {
        return demuxer instanceof WebmDemuxer ? "webm" : "mp4";
    }

    /// @param first the recording's first bytes, at least one; borrowed, and not read
    static Demuxer open(ByteBuf first, ByteBufAllocator alloc) throws UnsupportedMediaException {
        return switch (first.getUnsignedByte(first.readerIndex())) {
            case EBML -> new WebmDemuxer(alloc);
            case FTYP_SIZE -> new Mp4Demuxer(alloc);
            default -> throw new UnsupportedMediaException("this is neither WebM nor MP4");
        };
    }
}
