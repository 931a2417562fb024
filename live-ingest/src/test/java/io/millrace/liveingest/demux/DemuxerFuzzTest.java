package io.millrace.liveingest.demux;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.millrace.delivery.failure.MediaException;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;

/// Whatever a page sends: frames, or a checked exception, and nothing left allocated.
///
/// Without `JAZZER_FUZZ=1` the kept seeds are replayed.
class DemuxerFuzzTest {
    @FuzzTest
    void webm(byte[] data) {
        try (var demuxer = new WebmDemuxer(ByteBufAllocator.DEFAULT)) {
            read(demuxer, data);
        }
    }

    @FuzzTest
    void mp4(byte[] data) {
        try (var demuxer = new Mp4Demuxer(ByteBufAllocator.DEFAULT)) {
            read(demuxer, data);
        }
    }

    private static void read(Demuxer demuxer, byte[] data) {
        var out = new CollectedFrames();
        int middle = data.length / 2;
        try {
            demuxer.read(Unpooled.wrappedBuffer(data, 0, middle), out);
            demuxer.read(Unpooled.wrappedBuffer(data, middle, data.length - middle), out);
        } catch (MediaException _) {
            // what it may do
        }
    }
}
