package io.millrace.benchmarks;

import io.millrace.delivery.failure.MediaException;
import io.millrace.delivery.isobmff.MediaIndexReader;
import io.millrace.delivery.packaging.MediaSet;
import io.millrace.delivery.packaging.MediaSource;
import io.millrace.delivery.packaging.PackagingOptions;
import io.millrace.delivery.packaging.Rendition;
import io.millrace.storage.blob.BlobReader;

import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

import java.io.IOException;
import java.util.List;

/// A file as it lies in the server's caches when a segment of it is asked for: open, indexed, cut
/// into segments of six seconds.
@State(Scope.Thread)
public class PackagedFile {
    @SuppressWarnings("NullAway.Init")
    List<BlobReader> readers;

    @SuppressWarnings("NullAway.Init")
    MediaSet set;

    @SuppressWarnings("NullAway.Init")
    Rendition muxed;

    @SuppressWarnings("NullAway.Init")
    Rendition video;

    private int segment;

    @Setup(Level.Trial)
    public void open() throws IOException, InterruptedException, MediaException {
        BlobReader file = BenchmarkMedia.clip();
        readers = List.of(file);
        set =
                MediaSet.of(
                        List.of(MediaSource.of(MediaIndexReader.read(file), 1)),
                        PackagingOptions.DEFAULT);
        muxed = new Rendition(set.videos().getFirst(), set.audios().getFirst());
        video = new Rendition(set.videos().getFirst(), null);
    }

    @TearDown(Level.Trial)
    public void close() throws IOException {
        readers.getFirst().close();
    }

    /// Goes round all segments but the last, which may be short.
    int nextSegment() {
        segment = (segment + 1) % (set.plan().count() - 1);
        return segment;
    }
}
