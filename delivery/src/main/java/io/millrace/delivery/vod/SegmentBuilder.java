package io.millrace.delivery.vod;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.millrace.delivery.failure.MediaException;
import io.millrace.delivery.http.BodyMaker;
import io.millrace.delivery.http.HttpBody;
import io.millrace.delivery.http.PagedReader;
import io.millrace.delivery.mapping.OpenMedia;
import io.millrace.delivery.packaging.MediaSegment;
import io.millrace.delivery.packaging.SegmentBody;
import io.millrace.delivery.packaging.SegmentPieces;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/// Builds segments whose bytes are made (MPEG-TS, encrypted ones): so many at a time, the same one
/// once however many ask while it is built, and no more bytes in memory than allowed. Those that
/// are asked for again come from {@link HotSegments}; those that are asked for the first time, and
/// whose source is in memory, are not built at all but made as they leave. Thread-safe.
final class SegmentBuilder implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SegmentBuilder.class);

    /// Which segment of which version of which media.
    record Key(String tag, String path, String fileName) {}

    /// A segment being built or taken, with the number of those who want it; the last one to leave
    /// frees it.
    private static final class Build {
        private final CompletableFuture<Finished> done = new CompletableFuture<>();
        private int users = 1;
        private boolean shared;

        /// False when the last user has left.
        synchronized boolean join() {
            if (users == 0) {
                return false;
            }
            users++;
            shared = true;
            return true;
        }

        synchronized boolean isShared() {
            return shared;
        }

        synchronized boolean leave() {
            return --users == 0;
        }
    }

    /// What the users of a build share.
    private sealed interface Finished {
        /// One user's view.
        HttpBody view();
    }

    /// A segment kept for later requests; the build has a share of its own.
    private record Kept(Build build, SegmentFile file) implements Finished {
        @Override
        public HttpBody view() {
            return body(
                    file,
                    () -> {
                        if (build.leave()) {
                            file.release();
                        }
                    });
        }
    }

    /// A segment in memory as long as it is taken.
    ///
    /// @param free runs when the last user has left
    private record Held(Build build, SegmentBody body, OpenMedia media, Runnable free)
            implements Finished {
        @Override
        public HttpBody view() {
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

    private static HttpBody body(SegmentFile file, Runnable owner) {
        long size = file.info().sizeBytes();
        return new HttpBody.Parts(List.of(new HttpBody.BlobPart(file, 0, size)), size, owner);
    }

    private final HotSegments hot;
    private final Semaphore workers;
    private final long maxBytes;
    private final AtomicLong bytes = new AtomicLong();
    private final ConcurrentHashMap<Key, Build> builds = new ConcurrentHashMap<>();
    private final ExecutorService executor =
            Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("segment-", 0).factory());
    private final Timer builtIn;
    private final Counter shared;
    private final Counter inPieces;
    private final Counter refused;

    /// @param hot closed with this
    SegmentBuilder(int workers, long maxBytes, HotSegments hot, MeterRegistry meters) {
        this.hot = hot;
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
        inPieces =
                Counter.builder("millrace.delivery.segment.pieces")
                        .description("Segment requests answered piece by piece, never built whole")
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
    ///
    /// @param mayLeaveInPieces whether all of it will be sent, from its first byte, and its source
    ///   stays as it is
    CompletableFuture<HttpBody> build(
            Key key, MediaSegment segment, OpenMedia media, boolean mayLeaveInPieces) {
        SegmentFile file = hot.get(key);
        if (file != null) {
            media.release();
            return CompletableFuture.completedFuture(body(file, file::release));
        }
        while (true) {
            Build running = builds.get(key);
            if (running != null && running.join()) {
                shared.increment();
                media.release();
                return running.done.thenApply(Finished::view);
            }
            long size = segment.sizeBytes();
            if (mayLeaveInPieces && running == null) {
                HttpBody made = inPieces(key, segment, media);
                if (made != null) {
                    return CompletableFuture.completedFuture(made);
                }
            }
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

    /// A segment that nobody else wants is not made whole: it is made as its client takes it, where
    /// its source is in memory.
    private @Nullable HttpBody inPieces(Key key, MediaSegment segment, OpenMedia media) {
        boolean isInMemory =
                segment.readsOnly(
                        (file, offset, length) ->
                                media.files().get(file).reader() instanceof PagedReader reader
                                        && reader.isResident(offset, length));
        SegmentPieces pieces =
                isInMemory ? segment.pieces(ByteBufAllocator.DEFAULT, media.readers()) : null;
        if (pieces == null || !hot.isFirstAsked(key, segment.sizeBytes())) {
            return null;
        }
        inPieces.increment();
        return new HttpBody.Parts(
                List.of(new HttpBody.MadePart(new PieceMaker(pieces), segment.sizeBytes())),
                segment.sizeBytes(),
                media::release);
    }

    private record PieceMaker(SegmentPieces pieces) implements BodyMaker {
        @Override
        public int next(int wantedBytes) {
            return pieces.next(wantedBytes);
        }

        @Override
        public boolean make(ByteBuf target, boolean residentOnly) throws IOException {
            try {
                return pieces.make(target, residentOnly);
            } catch (MediaException e) {
                throw new IOException(e);
            }
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
        SegmentFile file = keep(key, body, build);
        if (file != null) {
            builds.remove(key, build);
            bytes.addAndGet(-size);
            body.release();
            media.release();
            build.done.complete(new Kept(build, file));
            return;
        }
        build.done.complete(
                new Held(
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

    private @Nullable SegmentFile keep(Key key, SegmentBody body, Build build) {
        try {
            return hot.offer(key, body, build.isShared());
        } catch (RuntimeException e) {
            LOG.warn("{} {} is not kept", key.path(), key.fileName(), e);
            return null;
        }
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
        hot.close();
    }
}
