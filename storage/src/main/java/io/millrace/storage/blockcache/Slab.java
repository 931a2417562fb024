package io.millrace.storage.blockcache;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.storage.blob.BlobReader;
import io.millrace.storage.blob.LocalFolder;
import io.millrace.storage.volume.VolumeGuard;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/// A file of equal slots, each holding a block or nothing. Thread-safe.
///
/// ```
/// folder/blocks    slot 0 | slot 1 | … | slot n-1, each blockBytes long
/// ```
///
/// Which slot holds what is known in memory alone, from the moment the whole block is written: a
/// block is never read half-written, and after a crash the file is worth nothing and is emptied. A
/// slot that is being read is not given to another block. Which block goes is decided by a clock: a
/// slot is passed over once for having been used since the hand last came by.
final class Slab implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Slab.class);

    private static final String FILE = "blocks";

    /// A local disk that takes longer is slower than what it is to replace.
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private static final Duration QUIET = Duration.ofSeconds(10);

    private static final int WRITING = -1;

    private static final class Slot {
        private final long position;

        /// How many read it; {@link #WRITING} while it belongs to a writer.
        private final AtomicInteger readers = new AtomicInteger();

        private volatile @Nullable BlockKey key;
        private volatile int length;
        private volatile boolean used;

        Slot(long position) {
            this.position = position;
        }

        boolean pin() {
            while (true) {
                int count = readers.get();
                if (count == WRITING) {
                    return false;
                }
                if (readers.compareAndSet(count, count + 1)) {
                    return true;
                }
            }
        }
    }

    private final FileChannel file;
    private final VolumeGuard guard;
    private final BlobReader reader;
    private final Slot[] slots;
    private final ConcurrentHashMap<BlockKey, Slot> index = new ConcurrentHashMap<>();
    private final LongAdder evictions = new LongAdder();
    private final Object clock = new Object();

    /// Guarded by `clock`.
    private int hand;

    private volatile boolean closed;
    private volatile long quietUntil = System.nanoTime();

    /// @throws IOException when the folder can't be used, or another process uses it
    Slab(Path folder, int slotCount, int blockBytes, MeterRegistry registry) throws IOException {
        Files.createDirectories(folder);
        file =
                FileChannel.open(
                        folder.resolve(FILE),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
        try {
            if (lock() == null) {
                throw new IOException("cache folder " + folder + " is used by another process");
            }
            file.truncate(0);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
        guard = new VolumeGuard("cache", VolumeGuard.Limits.ofDeadline(PATIENCE), registry);
        var local = new LocalFolder(folder);
        reader = guard.open(FILE, () -> local.open(FILE));
        slots = new Slot[slotCount];
        for (int i = 0; i < slotCount; i++) {
            slots[i] = new Slot((long) i * blockBytes);
        }
    }

    private @Nullable FileLock lock() throws IOException {
        try {
            return file.tryLock();
        } catch (OverlappingFileLockException _) {
            return null;
        }
    }

    boolean contains(BlockKey key) {
        return index.containsKey(key);
    }

    int blocks() {
        return index.size();
    }

    long evictions() {
        return evictions.sum();
    }

    /// Copies a part of a block when it is here.
    ///
    /// @param offset within the block
    /// @return false when it is not here, or the disk fails or takes too long
    boolean read(BlockKey key, int offset, int length, ByteBuffer target) {
        Slot slot = index.get(key);
        if (slot == null || !slot.pin()) {
            return false;
        }
        int limit = target.limit();
        int start = target.position();
        try {
            if (!key.equals(slot.key) || offset + length > slot.length) {
                return false;
            }
            slot.used = true;
            target.limit(start + length);
            if (reader.read(target, slot.position + offset) == length) {
                return true;
            }
            target.position(start);
            return false;
        } catch (IOException e) {
            complain("read", e);
            target.position(start);
            return false;
        } finally {
            target.limit(limit);
            slot.readers.decrementAndGet();
        }
    }

    /// Keeps a block, in the place of another when there is no free slot. Does nothing when every
    /// slot is being read or the disk fails.
    void write(BlockKey key, ByteBuffer block) {
        Slot slot = take();
        if (slot == null) {
            return;
        }
        // Published by the thread that writes: when nobody waits for it any more, too.
        Callable<Boolean> writing =
                () -> {
                    boolean whole = false;
                    try {
                        int length = block.remaining();
                        long at = slot.position;
                        while (block.hasRemaining()) {
                            at += file.write(block, at);
                        }
                        slot.length = length;
                        slot.used = true;
                        slot.key = key;
                        whole = true;
                    } finally {
                        slot.readers.set(0);
                    }
                    index.put(key, slot);
                    return whole;
                };
        try {
            guard.call("write", writing);
        } catch (IOException e) {
            complain("write", e);
        }
    }

    /// A slot that nobody reads, for its writer alone.
    private @Nullable Slot take() {
        synchronized (clock) {
            for (int seen = 0; seen < 2 * slots.length; seen++) {
                Slot slot = slots[hand];
                hand = (hand + 1) % slots.length;
                BlockKey held = slot.key;
                if (held != null && slot.used) {
                    slot.used = false;
                    continue;
                }
                if (slot.readers.compareAndSet(0, WRITING)) {
                    if (held != null) {
                        index.remove(held, slot);
                        slot.key = null;
                        evictions.increment();
                    }
                    return slot;
                }
            }
            return null;
        }
    }

    private void complain(String what, IOException e) {
        long now = System.nanoTime();
        if (now - quietUntil >= 0 && !closed) {
            quietUntil = now + QUIET.toNanos();
            LOG.warn("the block cache goes on without its file: {}: {}", what, e.toString());
        }
    }

    @Override
    public void close() {
        closed = true;
        index.clear();
        try {
            reader.close();
            guard.close();
            file.truncate(0);
            file.close();
        } catch (IOException e) {
            LOG.warn("the block cache's file could not be emptied: {}", e.toString());
        }
    }
}
