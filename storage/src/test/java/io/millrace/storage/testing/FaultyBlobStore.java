package io.millrace.storage.testing;

import io.millrace.storage.blob.AppendBlob;
import io.millrace.storage.blob.BlobInfo;
import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.BlobReader;
import io.millrace.storage.blob.BlobStore;
import io.millrace.storage.blob.BlobWriter;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// A real store on a volume that can be made slow, hang or be full: every call first waits, or
/// blocks in the kernel (it opens a pipe that nobody writes, which no interrupt ends). No page
/// cache: nothing is had without asking the volume.
public final class FaultyBlobStore implements BlobStore {
    private final BlobStore real;
    private final Path pipe;
    private final AtomicInteger inside = new AtomicInteger();
    private final AtomicInteger mostInside = new AtomicInteger();
    private final AtomicInteger reads = new AtomicInteger();
    private final AtomicLong bytesRead = new AtomicLong();
    private volatile Duration delay = Duration.ZERO;
    private volatile boolean hung;
    private volatile boolean full;

    /// @param folder for the pipe
    public FaultyBlobStore(BlobStore real, Path folder) throws IOException, InterruptedException {
        this.real = real;
        pipe = folder.resolve("hang.pipe");
        int status = new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor();
        if (status != 0) {
            throw new IOException("mkfifo: " + status);
        }
    }

    /// How long every call takes from now on.
    public void beSlow(Duration perCall) {
        delay = perCall;
    }

    /// From now on every call blocks.
    public void hang() {
        hung = true;
    }

    /// Whether growing objects find no more room: a part of what is appended is taken.
    public void beFull(boolean is) {
        full = is;
    }

    /// Lets those go that hang.
    public void goOn() throws IOException {
        hung = false;
        // Opened for both, so it does not wait for a reader itself; each of them takes a byte.
        try (var ends = new RandomAccessFile(pipe.toFile(), "rw")) {
            ends.write(new byte[4096]);
            while (inside.get() > 0) {
                Thread.onSpinWait();
            }
        }
    }

    /// How many calls hang now, and the most there ever were.
    public int inside() {
        return inside.get();
    }

    public int mostInside() {
        return mostInside.get();
    }

    /// Reads of ranges so far, and the bytes they gave.
    public int reads() {
        return reads.get();
    }

    public long bytesRead() {
        return bytesRead.get();
    }

    private void fault() throws IOException {
        if (!delay.isZero()) {
            try {
                TimeUnit.NANOSECONDS.sleep(delay.toNanos());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException(e);
            }
        }
        if (hung) {
            mostInside.accumulateAndGet(inside.incrementAndGet(), Math::max);
            try (var in = new FileInputStream(pipe.toFile())) {
                int _ = in.read();
            } finally {
                inside.decrementAndGet();
            }
        }
    }

    @Override
    public BlobReader open(BlobKey key) throws IOException {
        fault();
        BlobReader reader = real.open(key);
        return new BlobReader() {
            @Override
            public BlobInfo info() {
                return reader.info();
            }

            @Override
            public int read(ByteBuffer target, long position) throws IOException {
                fault();
                reads.incrementAndGet();
                int count = reader.read(target, position);
                bytesRead.addAndGet(Math.max(0, count));
                return count;
            }

            @Override
            public Optional<FileChannel> channel() {
                return Optional.empty();
            }

            @Override
            public void close() throws IOException {
                reader.close();
            }
        };
    }

    @Override
    public Optional<BlobInfo> stat(BlobKey key) throws IOException {
        fault();
        return real.stat(key);
    }

    @Override
    public BlobWriter create(BlobKey key) throws IOException {
        fault();
        return real.create(key);
    }

    @Override
    public void publish(Path file, BlobKey key) throws IOException {
        fault();
        real.publish(file, key);
    }

    @Override
    public void move(BlobKey source, BlobKey target) throws IOException {
        fault();
        real.move(source, target);
    }

    @Override
    public AppendBlob append(BlobKey key) throws IOException {
        fault();
        AppendBlob blob = real.append(key);
        return new AppendBlob() {
            @Override
            public BlobKey key() {
                return blob.key();
            }

            @Override
            public long sizeBytes() {
                return blob.sizeBytes();
            }

            @Override
            public void append(ByteBuffer source) throws IOException {
                fault();
                if (full) {
                    blob.append(source.slice(source.position(), source.remaining() / 2));
                    throw new IOException("No space left on device");
                }
                blob.append(source);
            }

            @Override
            public void sync() throws IOException {
                fault();
                blob.sync();
            }

            @Override
            public void truncate(long sizeBytes) throws IOException {
                fault();
                blob.truncate(sizeBytes);
            }

            @Override
            public void close() throws IOException {
                blob.close();
            }
        };
    }

    @Override
    public boolean delete(BlobKey key) throws IOException {
        fault();
        return real.delete(key);
    }

    @Override
    public List<BlobKey> list(BlobKey prefix) throws IOException {
        fault();
        return real.list(prefix);
    }

    @Override
    public Optional<Path> localPath(BlobKey key) throws IOException {
        return real.localPath(key);
    }

    @Override
    public Path newStagingFolder(String purpose) throws IOException {
        fault();
        return real.newStagingFolder(purpose);
    }

    @Override
    public void checkWritable() throws IOException {
        fault();
        real.checkWritable();
    }

    @Override
    public void close() {
        real.close();
    }
}
