package io.millrace.benchmarks;

import io.millrace.delivery.failure.MediaException;
import io.millrace.delivery.isobmff.MediaIndexReader;
import io.millrace.delivery.packaging.MediaRequestName;
import io.millrace.delivery.packaging.MediaSet;
import io.millrace.delivery.packaging.MediaSource;
import io.millrace.delivery.packaging.PackagingOptions;
import io.millrace.delivery.packaging.Presentation;
import io.millrace.delivery.packaging.SegmentFormat;
import io.millrace.delivery.vod.Packaged;
import io.millrace.delivery.vod.VodPackager;
import io.millrace.storage.blob.BlobReader;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A playlist or manifest built out of a file's index, as the first request for it after the file's
/// does; later ones come from the cache of replies. A segment is six seconds. Bytes of text.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class PlaylistBenchmark extends HotPathBenchmark {
    @Param({"10", "120"})
    public int minutes;

    @SuppressWarnings("NullAway.Init")
    private Presentation presentation;

    @Setup(Level.Trial)
    public void open() throws IOException, InterruptedException, MediaException {
        try (BlobReader file = BenchmarkMedia.longFile(minutes)) {
            presentation =
                    Presentation.of(
                            MediaSet.of(
                                    List.of(MediaSource.of(MediaIndexReader.read(file), 1)),
                                    PackagingOptions.DEFAULT));
        }
    }

    @Benchmark
    public int multivariant() throws MediaException {
        return size("master.m3u8", SegmentFormat.TS);
    }

    @Benchmark
    public int media() throws MediaException {
        return size("index-v1-a1.m3u8", SegmentFormat.TS);
    }

    @Benchmark
    public int mpd() throws MediaException {
        return size("manifest.mpd", SegmentFormat.FMP4);
    }

    private int size(String name, SegmentFormat format) throws MediaException {
        Packaged packaged =
                VodPackager.answer(
                        presentation, MediaRequestName.parse(name).orElseThrow(), format);
        return packaged instanceof Packaged.Document document ? document.body().length : -1;
    }
}
