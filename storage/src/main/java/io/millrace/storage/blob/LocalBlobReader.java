package io.millrace.storage.blob;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/// A file read by position. Thread-safe.
///
/// Java closes a `FileChannel` when a thread that reads it is interrupted, for all its readers. So
/// the interrupted thread gets its `ClosedByInterruptException`, and the next one opens the file
/// again: by its descriptor, also when it was replaced or removed meanwhile; without one, provided
/// that the name still leads to the same bytes. Sendfile goes through {@link #channel()} on event
/// loops, which nobody interrupts; whoever holds that channel and sees it closed asks for it again.
final class LocalBlobReader implements BlobReader {
    private final Path file;
    private final BlobInfo info;
    private final @Nullable ResidentFile resident;
    private final ReentrantLock reopening = new ReentrantLock();
    private volatile FileChannel channel;
    private volatile boolean closed;

    private LocalBlobReader(
            Path file, BlobInfo info, FileChannel channel, @Nullable ResidentFile resident) {
        this.file = file;
        this.info = info;
        this.resident = resident;
        this.channel = channel;
    }

    /// @param key names it in messages
    static LocalBlobReader open(String key, Path file) throws IOException {
        LocalBlobStore.attributes(file); // Opening a pipe would wait for its writer.
        Optional<ResidentFile> resident = ResidentFile.open(file);
        if (resident.isEmpty()) {
            return openByName(key, file);
        }
        try {
            // All three of one file, whatever happens to the name.
            Path open = resident.get().path();
            BlobInfo info = LocalBlobStore.info(key, LocalBlobStore.attributes(open));
            FileChannel channel = FileChannel.open(open, StandardOpenOption.READ);
            return new LocalBlobReader(open, info, channel, resident.get());
        } catch (IOException e) {
            resident.get().close();
            return openByName(key, file); // No /proc here.
        }
    }

    private static LocalBlobReader openByName(String key, Path file) throws IOException {
        // An object may be replaced between the two calls: the identity must be of the open bytes.
        for (int attempt = 0; ; attempt++) {
            BasicFileAttributes before = LocalBlobStore.attributes(file);
            FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
            try {
                BasicFileAttributes after = LocalBlobStore.attributes(file);
                boolean same =
                        java.util.Objects.equals(before.fileKey(), after.fileKey())
                                && before.lastModifiedTime().equals(after.lastModifiedTime());
                if (same || attempt == 10) {
                    // A growing file may have passed its stat: never promise more than is there.
                    return new LocalBlobReader(
                            file, LocalBlobStore.info(key, before), channel, null);
                }
            } catch (IOException e) {
                channel.close();
                if (attempt == 10) {
                    throw e;
                }
                continue;
            }
            channel.close();
        }
    }

    @Override
    public BlobInfo info() {
        return info;
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
        FileChannel current = channel;
        try {
            return readFully(current, target, position);
        } catch (ClosedByInterruptException e) {
            throw e;
        } catch (ClosedChannelException _) {
            // Another thread was interrupted while it read.
            return readFully(reopen(current), target, position);
        }
    }

    @Override
    public int readResident(ByteBuffer target, long position) {
        return resident == null || !target.isDirect() || !target.hasRemaining()
                ? 0
                : resident.read(target, position);
    }

    private static int readFully(FileChannel from, ByteBuffer target, long position)
            throws IOException {
        int total = 0;
        while (target.hasRemaining()) {
            int n = from.read(target, position + total);
            if (n < 0) {
                return total == 0 ? -1 : total;
            }
            total += n;
        }
        return total;
    }

    private FileChannel reopen(FileChannel broken) throws IOException {
        reopening.lock();
        try {
            if (closed) {
                throw new ClosedChannelException();
            }
            if (channel != broken && channel.isOpen()) {
                return channel;
            }
            BlobInfo now = LocalBlobStore.info(info.key(), LocalBlobStore.attributes(file));
            if (!now.identity().equals(info.identity())) {
                throw new BlobReplacedException(info.key() + " was replaced while it was read");
            }
            channel = FileChannel.open(file, StandardOpenOption.READ);
            return channel;
        } finally {
            reopening.unlock();
        }
    }

    @Override
    public Optional<FileChannel> channel() {
        FileChannel current = channel;
        if (!current.isOpen() && !closed && Files.exists(file)) {
            try {
                return Optional.of(reopen(current));
            } catch (IOException _) {
                return Optional.of(current);
            }
        }
        return Optional.of(current);
    }

    @Override
    public void close() throws IOException {
        reopening.lock();
        try {
            closed = true;
            channel.close();
            if (resident != null) {
                resident.close();
            }
        } finally {
            reopening.unlock();
        }
    }
}
