package io.millrace.benchmarks;

import io.millrace.delivery.failure.MediaException;
import io.millrace.delivery.packaging.FragmentedSegment;
import io.millrace.delivery.packaging.Rendition;
import io.millrace.delivery.packaging.SegmentBody;
import io.netty.buffer.ByteBufAllocator;

import org.openjdk.jmh.annotations.Benchmark;

import java.util.List;

/// One fMP4 segment of six seconds: its head (`styp`, `moof`, the header of `mdat`) is written, its
/// samples are only named as ranges of the file, which the server sends by `sendfile`. Segments per
/// second, and MB of heads per second.
public class FragmentedSegmentBenchmark extends HotPathBenchmark {
    /// Picture and sound in one segment, when a player asks for both: a `trun` for each stretch of
    /// the file.
    @Benchmark
    public int muxed(PackagedFile file, Volume volume) throws MediaException {
        return assemble(file, file.muxed, volume);
    }

    /// One track, as playlists and MPDs offer it: one `trun`, the stretches of the file between the
    /// sound's.
    @Benchmark
    public int video(PackagedFile file, Volume volume) throws MediaException {
        return assemble(file, file.video, volume);
    }

    private static int assemble(PackagedFile file, Rendition rendition, Volume volume)
            throws MediaException {
        SegmentBody body =
                FragmentedSegment.of(file.set, rendition, file.nextSegment())
                        .write(ByteBufAllocator.DEFAULT, List.of());
        int parts = body.parts().size();
        volume.add(body.parts().getFirst().sizeBytes());
        body.release();
        return parts;
    }
}
