package io.millrace.storage.blockcache;

import io.millrace.storage.blob.BlobInfo;
import io.millrace.storage.blob.BlobReader;
import io.millrace.storage.blob.BlobReplacedException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.util.Optional;

/// Reads a remote object by blocks. A reader that goes from block to block gets the next ones
/// before it asks, two more each time up to {@link #MAX_AHEAD}. Thread-safe.
final class CachedReader implements BlobReader {
    private static final int MAX_AHEAD = 4;

    private final BlockCache cache;
    private final BlobReader remote;
    private final Runnable replaced;

    /// Guesses about the reading to come; lost updates among threads do no harm.
    private volatile long lastBlock = -1;

    private volatile int ahead;
    private volatile boolean closed;

    /// @param remote taken over; costs nothing to keep
    /// @param replaced run when the remote store has another version by now
    CachedReader(BlockCache cache, BlobReader remote, Runnable replaced) {
        this.cache = cache;
        this.remote = remote;
        this.replaced = replaced;
    }

    @Override
    public BlobInfo info() {
        return remote.info();
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
        if (closed) {
            throw new ClosedChannelException();
        }
        BlobInfo info = remote.info();
        if (position >= info.sizeBytes()) {
            return -1;
        }
        int wanted = (int) Math.min(target.remaining(), info.sizeBytes() - position);
        if (wanted == 0) {
            return 0;
        }
        int blockBytes = cache.blockBytes();
        long first = position / blockBytes;
        long last = (position + wanted - 1) / blockBytes;
        readAhead(info, first, last);
        long at = position;
        long end = position + wanted;
        try {
            for (long number = first; number <= last; number++) {
                int offset = (int) (at - number * blockBytes);
                int length = (int) Math.min(blockBytes - offset, end - at);
                cache.read(
                        remote,
                        new BlockKey(info.key(), info.identity(), number),
                        offset,
                        length,
                        (int) Math.min(last - number + 1, BlockCache.MAX_RUN),
                        target);
                at += length;
            }
        } catch (BlobReplacedException e) {
            replaced.run();
            throw e;
        } catch (NoSuchFileException e) {
            replaced.run();
            throw new BlobReplacedException(info.key() + " was removed while it was read", e);
        }
        return wanted;
    }

    private void readAhead(BlobInfo info, long first, long last) {
        long before = lastBlock;
        lastBlock = last;
        if (before < 0 || first > before + 1 || last < before) {
            ahead = 0;
        } else if (last > before) {
            int blocks = Math.min(ahead + 2, MAX_AHEAD);
            ahead = blocks;
            cache.prefetch(remote, new BlockKey(info.key(), info.identity(), last + 1), blocks);
        }
    }

    @Override
    public Optional<FileChannel> channel() {
        return Optional.empty();
    }

    @Override
    public void close() {
        closed = true;
    }
}
