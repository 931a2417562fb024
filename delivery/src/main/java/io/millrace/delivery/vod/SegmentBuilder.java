package io.millrace.delivery.vod;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.millrace.delivery.http.HttpBody;
import io.millrace.delivery.mapping.OpenMedia;
import io.millrace.delivery.packaging.MediaSegment;
import io.millrace.delivery.packaging.SegmentBody;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/// Builds segments whose bytes are made (MPEG-TS): so many at a time, the same one once however
/// many ask while it is built, and no more bytes in memory than allowed. Thread-safe.
final class SegmentBuilder implements AutoCloseable {
    /// Which segment of which version of which media.
    record Key(String tag, String path, String fileName) {}

    /// A segment being built or taken, with the number of those who want it; the last one to leave
    /// frees it.
    private static final class Build {
        private final CompletableFuture<Finished> done = new CompletableFuture<>();
        private int users = 1;

        /// False when the last user has left.
        synchronized boolean join() {
            if (users == 0) {
                return false;
            }
            users++;
            return true;
        }

        synchronized boolean leave() {
            return --users == 0;
        }
    }

    /// @param free runs when the last user has left
    private record Finished(Build build, SegmentBody body, OpenMedia media, Runnable free) {
        /// One user's view.
        HttpBody view() {
            var parts = new ArrayList<HttpBody.Part>(body.parts().size());
            for (SegmentBody.Part part : body.parts()) {
                parts.add(
                        switch (part) {
                            case SegmentBody.Made(ByteBuf bytes) ->
                                    new HttpBody.BufferPart(bytes.retainedDuplicate());
                            case SegmentBody.FileRange(int source, long offset, long length) ->
                                    new HttpBody.BlobPart(
                                            media.files().get(source).reader(), offset, length);
                        });
            }
            return new HttpBody.Parts(
                    parts,
                    body.sizeBytes(),
                    () -> {
                        if (build.leave()) {
                            free.run();
                        }
                    });
        }
    }

    private final Semaphore workers;
    private final long maxBytes;
    private final AtomicLong bytes = new AtomicLong();
    private final ConcurrentHashMap<Key, Build> builds = new ConcurrentHashMap<>();
    private final ExecutorService executor =
            Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("segment-", 0).factory());
    private final Timer builtIn;
    private final Counter shared;
    private final Counter refused;

    SegmentBuilder(int workers, long maxBytes, MeterRegistry meters) {
        this.workers = new Semaphore(workers, true);
        this.maxBytes = maxBytes;
        builtIn =
                Timer.builder("millrace.delivery.segment.build")
                        .description("From the first request of a segment to its bytes")
                        .publishPercentileHistogram()
                        .register(meters);
        shared =
                Counter.builder("millrace.delivery.segment.shared")
                        .description("Segment requests that joined a build under way")
                        .register(meters);
        refused =
                Counter.builder("millrace.delivery.segment.refused")
                        .description("Segment requests refused because memory was taken")
                        .register(meters);
        Gauge.builder("millrace.delivery.segment.memory", bytes, AtomicLong::get)
                .description("Built segments that clients are still taking")
                .baseUnit("bytes")
                .register(meters);
    }

    /// Gives the segment as a body of its own share. Takes the share of `media` over.
    CompletableFuture<HttpBody> build(Key key, MediaSegment segment, OpenMedia media) {
        while (true) {
            Build running = builds.get(key);
            if (running != null && running.join()) {
                shared.increment();
                media.release();
                return running.done.thenApply(Finished::view);
            }
            long size = segment.sizeBytes();
            if (bytes.addAndGet(size) > maxBytes) {
                bytes.addAndGet(-size);
                media.release();
                refused.increment();
                return CompletableFuture.failedFuture(
                        new Failures.Busy("Too many segments are being sent."));
            }
            var mine = new Build();
            Build other = running == null ? builds.putIfAbsent(key, mine) : null;
            if (running != null && !builds.replace(key, running, mine) || other != null) {
                bytes.addAndGet(-size);
                continue;
            }
            start(key, segment, media, mine, size);
            return mine.done.thenApply(Finished::view);
        }
    }

    private void start(Key key, MediaSegment segment, OpenMedia media, Build build, long size) {
        long startedNs = System.nanoTime();
        try {
            executor.execute(() -> run(key, segment, media, build, size, startedNs));
        } catch (RejectedExecutionException e) {
            failed(key, media, build, size, e);
        }
    }

    private void run(
            Key key,
            MediaSegment segment,
            OpenMedia media,
            Build build,
            long size,
            long startedNs) {
        SegmentBody body;
        workers.acquireUninterruptibly();
        try {
            body = segment.write(ByteBufAllocator.DEFAULT, media.readers());
        } catch (Throwable t) {
            failed(key, media, build, size, t);
            return;
        } finally {
            workers.release();
        }
        builtIn.record(System.nanoTime() - startedNs, TimeUnit.NANOSECONDS);
        build.done.complete(
                new Finished(
                        build,
                        body,
                        media,
                        () -> {
                            builds.remove(key, build);
                            bytes.addAndGet(-size);
                            body.release();
                            media.release();
                        }));
    }

    private void failed(Key key, OpenMedia media, Build build, long size, Throwable cause) {
        builds.remove(key, build);
        bytes.addAndGet(-size);
        media.release();
        build.done.completeExceptionally(cause);
    }

    @Override
    public void close() {
        executor.shutdown();
    }
}
