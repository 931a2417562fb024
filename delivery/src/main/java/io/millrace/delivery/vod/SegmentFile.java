package io.millrace.delivery.vod;

import io.millrace.delivery.http.FilePages;
import io.millrace.delivery.http.PagedReader;
import io.millrace.delivery.packaging.SegmentBody;
import io.millrace.storage.blob.BlobInfo;
import io.millrace.storage.blob.BlobKey;
import io.netty.buffer.ByteBuf;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/// A finished segment in a file without a name, so that it goes out by sendfile: a `memfd` where
/// the system has them, else a deleted temporary file. Counted like a buffer: whoever retained it
/// releases it, the last one frees its memory. Thread-safe.
final class SegmentFile implements PagedReader {
    private static final Logger LOG = LoggerFactory.getLogger(SegmentFile.class);
    private static final BlobKey KEY = BlobKey.of("segment");
    private static final int MFD_CLOEXEC = 1;
    private static final @Nullable Memfd MEMFD = Memfd.find();

    private final FileChannel channel;
    private final BlobInfo info;
    private final AtomicInteger users = new AtomicInteger(1);

    private SegmentFile(FileChannel channel, long sizeBytes) {
        this.channel = channel;
        this.info = new BlobInfo(KEY, sizeBytes, Instant.EPOCH, "segment");
    }

    /// Copies a body of {@link SegmentBody.Made} parts; blocks.
    ///
    /// @return with one user
    static SegmentFile of(SegmentBody body) throws IOException {
        FileChannel channel = nameless();
        try {
            for (SegmentBody.Part part : body.parts()) {
                if (!(part instanceof SegmentBody.Made(ByteBuf bytes))) {
                    throw new IOException("a segment that is no bytes of ours");
                }
                for (ByteBuffer piece :
                        bytes.nioBuffers(bytes.readerIndex(), bytes.readableBytes())) {
                    while (piece.hasRemaining()) {
                        channel.write(piece);
                    }
                }
            }
            return new SegmentFile(channel, body.sizeBytes());
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static FileChannel nameless() throws IOException {
        if (MEMFD != null) {
            return MEMFD.make();
        }
        Path file = Files.createTempFile("millrace-segment", null);
        try {
            return FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
        } finally {
            Files.delete(file);
        }
    }

    /// `memfd_create(2)`: a file in memory, counted with the process's shared memory.
    private record Memfd(MethodHandle create, MethodHandle close, MemorySegment name) {
        static @Nullable Memfd find() {
            try {
                Linker linker = Linker.nativeLinker();
                MethodHandle create =
                        linker.downcallHandle(
                                linker.defaultLookup().find("memfd_create").orElseThrow(),
                                FunctionDescriptor.of(
                                        ValueLayout.JAVA_INT,
                                        ValueLayout.ADDRESS,
                                        ValueLayout.JAVA_INT));
                MethodHandle close =
                        linker.downcallHandle(
                                linker.defaultLookup().find("close").orElseThrow(),
                                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
                var memfd =
                        new Memfd(create, close, Arena.global().allocateFrom("millrace-segment"));
                memfd.make().close();
                return memfd;
            } catch (IOException | RuntimeException e) {
                LOG.info("hot segments lie in temporary files: {}", e.toString());
                return null;
            }
        }

        FileChannel make() throws IOException {
            int fd = call(create, name, MFD_CLOEXEC);
            if (fd < 0) {
                throw new IOException("memfd_create failed");
            }
            try {
                return FileChannel.open(
                        Path.of("/proc/self/fd/" + fd),
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
            } finally {
                call(close, fd);
            }
        }

        private static int call(MethodHandle function, Object... arguments) throws IOException {
            try {
                return (int) function.invokeWithArguments(arguments);
            } catch (RuntimeException | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new IOException(e);
            }
        }
    }

    /// Takes a share; false when the last one was given back meanwhile.
    boolean tryRetain() {
        while (true) {
            int count = users.get();
            if (count == 0) {
                return false;
            }
            if (users.compareAndSet(count, count + 1)) {
                return true;
            }
        }
    }

    void release() {
        int left = users.decrementAndGet();
        if (left < 0) {
            throw new IllegalStateException("segment: released too often");
        }
        if (left == 0) {
            try {
                channel.close();
            } catch (IOException e) {
                LOG.warn("a cached segment could not be closed", e);
            }
        }
    }

    @Override
    public @Nullable FilePages pages() {
        return null;
    }

    @Override
    public boolean isInMemory() {
        return true;
    }

    @Override
    public BlobInfo info() {
        return info;
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
        return channel.read(target, position);
    }

    /// It is memory.
    @Override
    public int readResident(ByteBuffer target, long position) {
        try {
            return channel.read(target, position);
        } catch (IOException e) {
            return 0;
        }
    }

    @Override
    public Optional<FileChannel> channel() {
        return Optional.of(channel);
    }

    /// Is the last {@link #release}'s.
    @Override
    public void close() {
        throw new UnsupportedOperationException("released, not closed");
    }
}
