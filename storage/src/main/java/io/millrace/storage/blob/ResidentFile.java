package io.millrace.storage.blob;

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
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/// An open file that can be asked for what of it is in the page cache: `preadv2` with `RWF_NOWAIT`
/// (Linux 4.14), which copies resident bytes and never waits for a disk or a server. Where a file
/// system does not know the flag (FUSE, NFS), it says that nothing is resident. Thread-safe.
///
/// Its descriptor names the open file also when that was renamed or removed ({@link #path}).
final class ResidentFile implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ResidentFile.class);

    private static final int O_CLOEXEC = 0x8_0000;
    private static final int RWF_NOWAIT = 8;
    private static final long IOVEC_BYTES = 16;

    /// The C library's functions, as x86-64 and aarch64 Linux have them.
    private record Calls(MethodHandle open, MethodHandle close, MethodHandle preadv2) {}

    private static final @Nullable Calls CALLS = calls();

    private final Calls calls;
    private final int descriptor;

    /// A descriptor that is closed may be another file the next moment.
    private final ReentrantReadWriteLock life = new ReentrantReadWriteLock();

    private boolean closed;

    private ResidentFile(Calls calls, int descriptor) {
        this.calls = calls;
        this.descriptor = descriptor;
    }

    private static @Nullable Calls calls() {
        if (!System.getProperty("os.name", "").equals("Linux")
                || ValueLayout.ADDRESS.byteSize() != 8) {
            return null;
        }
        try {
            Linker linker = Linker.nativeLinker();
            var library = linker.defaultLookup();
            return new Calls(
                    linker.downcallHandle(
                            library.findOrThrow("open"),
                            FunctionDescriptor.of(
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.ADDRESS,
                                    ValueLayout.JAVA_INT),
                            Linker.Option.firstVariadicArg(2)),
                    linker.downcallHandle(
                            library.findOrThrow("close"),
                            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT)),
                    linker.downcallHandle(
                            library.findOrThrow("preadv2"),
                            FunctionDescriptor.of(
                                    ValueLayout.JAVA_LONG,
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.ADDRESS,
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.JAVA_LONG,
                                    ValueLayout.JAVA_INT)));
        } catch (RuntimeException | LinkageError e) {
            LOG.info("no preadv2 here, every read goes to a storage thread: {}", e.toString());
            return null;
        }
    }

    /// Empty where the platform has no such call, or the file can't be opened (which the ordinary
    /// way then says better).
    static Optional<ResidentFile> open(Path file) {
        Calls c = CALLS;
        if (c == null || file.getFileSystem() != FileSystems.getDefault()) {
            return Optional.empty();
        }
        try (Arena arena = Arena.ofConfined()) {
            int descriptor =
                    (int) c.open().invokeExact(arena.allocateFrom(file.toString()), O_CLOEXEC);
            return descriptor < 0 ? Optional.empty() : Optional.of(new ResidentFile(c, descriptor));
        } catch (Throwable e) {
            throw new IllegalStateException("open(2)", e);
        }
    }

    /// A name by which this very file can be opened again.
    Path path() {
        return Path.of("/proc/self/fd/" + descriptor);
    }

    /// Reads into a direct buffer what is in the page cache from `position` on without a gap.
    ///
    /// @return bytes read; 0 when there are none, at the file's end, and after closing
    int read(ByteBuffer target, long position) {
        var lock = life.readLock();
        if (!lock.tryLock()) {
            return 0;
        }
        try (Arena arena = Arena.ofConfined()) {
            if (closed) {
                return 0;
            }
            MemorySegment vector = arena.allocate(IOVEC_BYTES, 8);
            vector.set(ValueLayout.ADDRESS, 0, MemorySegment.ofBuffer(target));
            vector.set(ValueLayout.JAVA_LONG, 8, target.remaining());
            long count =
                    (long) calls.preadv2().invokeExact(descriptor, vector, 1, position, RWF_NOWAIT);
            if (count <= 0) {
                return 0;
            }
            target.position(target.position() + (int) count);
            return (int) count;
        } catch (Throwable e) {
            throw new IllegalStateException("preadv2(2)", e);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() throws IOException {
        var lock = life.writeLock();
        lock.lock();
        try {
            if (!closed) {
                closed = true;
                int _ = (int) calls.close().invokeExact(descriptor);
            }
        } catch (Throwable e) {
            throw new IOException("close(2)", e);
        } finally {
            lock.unlock();
        }
    }
}
