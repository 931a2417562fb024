package io.millrace.storage.blockcache;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.storage.blob.BlobReader;
import io.millrace.storage.blob.StorageTimeoutException;
import io.millrace.storage.blob.StorageUnavailableException;

import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Aligned blocks of remote objects: on local disk up to a bound, on their way at most once each
/// however many ask, in memory only while they are on their way (within a bound, too). Thread-safe;
/// callers wait.
///
/// Metrics: `millrace.blockcache.blocks{result=hit|miss|joined}`, `.fetched` (bytes), `.ahead`
/// (blocks fetched before anybody asked), `.evictions`, `.weight` (bytes), `.inflight` (blocks).
final class BlockCache implements AutoCloseable {
    /// One request fetches at most so many blocks.
    static final int MAX_RUN = 8;

    private static final long IN_FLIGHT_BYTES = 64L << 20;

    /// A block that is being fetched.
    private record Claim(BlockKey key, CompletableFuture<ByteBuffer> block) {}

    private final Slab slab;
    private final int blockBytes;
    private final Duration patience;
    private final Semaphore room;
    private final int maxInFlight;
    private final ConcurrentHashMap<BlockKey, CompletableFuture<ByteBuffer>> inFlight =
            new ConcurrentHashMap<>();
    private final ExecutorService fetches =
            Executors.newThreadPerTaskExecutor(
                    Thread.ofVirtual().name("block-fetch-", 0).factory());
    private final Counter hits;
    private final Counter misses;
    private final Counter joined;
    private final Counter ahead;
    private final Counter fetchedBytes;

    /// @param folder for the file, this process's own
    /// @param sizeBytes of the file at most; at least one block
    /// @param patience how long a reader waits for a block
    BlockCache(
            Path folder, long sizeBytes, int blockBytes, Duration patience, MeterRegistry registry)
            throws IOException {
        this.blockBytes = blockBytes;
        this.patience = patience;
        slab =
                new Slab(
                        folder,
                        Math.toIntExact(Math.max(1, sizeBytes / blockBytes)),
                        blockBytes,
                        registry);
        maxInFlight = (int) Math.max(MAX_RUN, IN_FLIGHT_BYTES / blockBytes);
        room = new Semaphore(maxInFlight, true);
        hits = results("hit", registry);
        misses = results("miss", registry);
        joined = results("joined", registry);
        ahead =
                Counter.builder("millrace.blockcache.ahead")
                        .description("Blocks fetched before anybody asked for them")
                        .register(registry);
        fetchedBytes =
                Counter.builder("millrace.blockcache.fetched")
                        .baseUnit("bytes")
                        .description("Bytes that came from the remote store")
                        .register(registry);
        FunctionCounter.builder("millrace.blockcache.evictions", slab, Slab::evictions)
                .description("Blocks that made room for others")
                .register(registry);
        Gauge.builder("millrace.blockcache.weight", slab, s -> (double) s.blocks() * blockBytes)
                .baseUnit("bytes")
                .description("Local disk taken by blocks")
                .register(registry);
        Gauge.builder("millrace.blockcache.inflight", inFlight, ConcurrentHashMap::size)
                .description("Blocks on their way")
                .register(registry);
    }

    private static Counter results(String result, MeterRegistry registry) {
        return Counter.builder("millrace.blockcache.blocks")
                .description("Blocks asked for: here, fetched, or on their way already")
                .tag("result", result)
                .register(registry);
    }

    int blockBytes() {
        return blockBytes;
    }

    /// Copies a part of one block into `target`, fetching what is missing.
    ///
    /// @param source the object's remote reader; borrowed
    /// @param offset within the block
    /// @param wantedBlocks from `key` on, that this reader needs now: they are fetched together
    void read(
            BlobReader source,
            BlockKey key,
            int offset,
            int length,
            int wantedBlocks,
            ByteBuffer target)
            throws IOException {
        if (slab.read(key, offset, length, target)) {
            hits.increment();
            return;
        }
        CompletableFuture<ByteBuffer> coming = inFlight.get(key);
        if (coming != null) {
            joined.increment();
        } else {
            List<Claim> run = claim(key, Math.min(wantedBlocks, MAX_RUN), source);
            if (!run.isEmpty()) {
                misses.increment(run.size());
                start(source, run, false);
                coming = run.getFirst().block();
            } else {
                coming = inFlight.get(key);
            }
            if (coming == null) {
                // Arrived between the two looks.
                if (slab.read(key, offset, length, target)) {
                    hits.increment();
                    return;
                }
                // Here and gone again, or never kept: the cache's file is of no use now.
                readPast(source, key, offset, length, target);
                return;
            }
        }
        ByteBuffer block = await(key, coming);
        target.put(block.slice(offset, length));
    }

    private void readPast(
            BlobReader source, BlockKey key, int offset, int length, ByteBuffer target)
            throws IOException {
        int limit = target.limit();
        target.limit(target.position() + length);
        try {
            source.read(target, key.number() * blockBytes + offset);
            fetchedBytes.increment(length);
        } finally {
            target.limit(limit);
        }
    }

    /// Fetches blocks that will be asked for, unless there is something better to do.
    void prefetch(BlobReader source, BlockKey first, int blocks) {
        if (room.availablePermits() < maxInFlight / 2) {
            return;
        }
        BlockKey key = first;
        int left = blocks;
        while (left > 0 && (slab.contains(key) || inFlight.containsKey(key))) {
            key = key.next();
            left--;
        }
        List<Claim> run = claim(key, Math.min(left, MAX_RUN), source);
        if (!run.isEmpty()) {
            ahead.increment(run.size());
            start(source, run, true);
        }
    }

    /// Takes on fetching blocks from `first` on, up to the first that is here or on its way.
    private List<Claim> claim(BlockKey first, int blocks, BlobReader source) {
        var run = new ArrayList<Claim>(blocks);
        BlockKey key = first;
        while (run.size() < blocks && key.number() * blockBytes < source.info().sizeBytes()) {
            var future = new CompletableFuture<ByteBuffer>();
            if (inFlight.putIfAbsent(key, future) != null) {
                break;
            }
            // A block is in the slab before it leaves the map, so this look finds it.
            if (slab.contains(key)) {
                inFlight.remove(key, future);
                break;
            }
            run.add(new Claim(key, future));
            key = key.next();
        }
        return run;
    }

    private void start(BlobReader source, List<Claim> run, boolean isAhead) {
        try {
            fetches.execute(() -> fetch(source, run, isAhead));
        } catch (RejectedExecutionException e) {
            fail(run, new StorageUnavailableException("the block cache is closed", e));
        }
    }

    private void fetch(BlobReader source, List<Claim> run, boolean isAhead) {
        int blocks = run.size();
        try {
            if (isAhead) {
                if (!room.tryAcquire(blocks)) {
                    fail(run, new StorageUnavailableException("no room to read ahead"));
                    return;
                }
            } else if (!room.tryAcquire(blocks, patience.toMillis(), TimeUnit.MILLISECONDS)) {
                fail(
                        run,
                        new StorageUnavailableException(
                                "too much is being fetched from the remote store"));
                return;
            }
        } catch (InterruptedException e) {
            fail(run, new StorageUnavailableException("the block cache is closed", e));
            Thread.currentThread().interrupt();
            return;
        }
        try {
            long start = run.getFirst().key().number() * blockBytes;
            int size =
                    (int) Math.min((long) blocks * blockBytes, source.info().sizeBytes() - start);
            ByteBuffer bytes = ByteBuffer.allocate(size);
            if (source.read(bytes, start) != size) {
                throw new EOFException(source.info().key() + " is shorter than it was");
            }
            fetchedBytes.increment(size);
            for (int i = 0; i < blocks; i++) {
                Claim claim = run.get(i);
                int from = i * blockBytes;
                ByteBuffer block = bytes.slice(from, Math.min(blockBytes, size - from));
                claim.block().complete(block.asReadOnlyBuffer());
                slab.write(claim.key(), block.duplicate());
                inFlight.remove(claim.key(), claim.block());
            }
        } catch (Throwable e) {
            // Errors too: who waits must be told.
            fail(run, e);
        } finally {
            room.release(blocks);
        }
    }

    private void fail(List<Claim> run, Throwable cause) {
        for (Claim claim : run) {
            inFlight.remove(claim.key(), claim.block());
            claim.block().completeExceptionally(cause);
        }
    }

    private ByteBuffer await(BlockKey key, CompletableFuture<ByteBuffer> coming)
            throws IOException {
        try {
            return coming.get(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new StorageTimeoutException(
                    key.object()
                            + " block "
                            + key.number()
                            + ": not here within "
                            + patience.toMillis()
                            + " ms",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException(key.object()).initCause(e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            throw cause instanceof IOException io ? io : new IOException(cause);
        }
    }

    @Override
    public void close() {
        fetches.shutdownNow();
        slab.close();
    }
}
