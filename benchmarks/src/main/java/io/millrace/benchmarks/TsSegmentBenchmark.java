package io.millrace.benchmarks;

import io.millrace.delivery.failure.MediaException;
import io.millrace.delivery.packaging.SegmentBody;
import io.millrace.delivery.packaging.TsSegment;
import io.netty.buffer.ByteBufAllocator;

import org.openjdk.jmh.annotations.Benchmark;

import java.io.IOException;

/// One HLS segment of six seconds, picture and sound, from the samples of a file in the page cache
/// to a buffer of TS packets. Segments per second, and MB of TS per second.
public class TsSegmentBenchmark extends HotPathBenchmark {
    @Benchmark
    public long mux(PackagedFile file, Volume volume) throws IOException, MediaException {
        SegmentBody body =
                TsSegment.of(file.set, file.muxed, file.nextSegment())
                        .write(ByteBufAllocator.DEFAULT, file.readers);
        long size = body.sizeBytes();
        body.release();
        volume.add(size);
        return size;
    }
}
