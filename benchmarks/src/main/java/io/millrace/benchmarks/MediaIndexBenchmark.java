package io.millrace.benchmarks;

import io.millrace.delivery.failure.MediaException;
import io.millrace.delivery.isobmff.MediaIndexReader;
import io.millrace.delivery.media.MediaIndex;
import io.millrace.storage.blob.BlobInfo;
import io.millrace.storage.blob.BlobReader;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Optional;

/// An open file to its index: what the first request for a file costs once its `moov` is in the
/// page cache. A minute has 1,800 pictures and 2,813 audio frames. Files per second, and MB read
/// per second, which is `moov` and little else.
@State(Scope.Thread)
public class MediaIndexBenchmark extends HotPathBenchmark {
    @Param({"10", "120"})
    public int minutes;

    @SuppressWarnings("NullAway.Init")
    private BlobReader file;

    private long bytesRead;

    @Setup(Level.Trial)
    public void open() throws IOException, InterruptedException, MediaException {
        file = BenchmarkMedia.longFile(minutes);
        var counting = new CountingReader(file);
        long durationMs = MediaIndexReader.read(counting).durationMs();
        if (Math.abs(durationMs - minutes * 60_000L) > 10_000) {
            throw new IOException(durationMs + " ms indexed of " + minutes + " minutes");
        }
        bytesRead = counting.bytes;
    }

    @TearDown(Level.Trial)
    public void close() throws IOException {
        file.close();
    }

    @Benchmark
    public MediaIndex read(Volume volume) throws IOException, MediaException {
        volume.add(bytesRead);
        return MediaIndexReader.read(file);
    }

    private static final class CountingReader implements BlobReader {
        private final BlobReader file;
        long bytes;

        CountingReader(BlobReader file) {
            this.file = file;
        }

        @Override
        public BlobInfo info() {
            return file.info();
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            int read = file.read(target, position);
            bytes += Math.max(0, read);
            return read;
        }

        @Override
        public Optional<FileChannel> channel() {
            return file.channel();
        }

        @Override
        public void close() {}
    }
}
