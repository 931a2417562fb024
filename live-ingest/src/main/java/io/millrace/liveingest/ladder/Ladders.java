package io.millrace.liveingest.ladder;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.delivery.decode.Decoders.Fence;
import io.millrace.liveingest.stream.LiveSource;
import io.millrace.storage.process.ChildLimits;
import io.millrace.storage.process.FfmpegPrograms;
import io.millrace.storage.process.Sandbox;
import io.millrace.storage.process.StreamingChild;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// The ladders of this node: how many there may be, and the program that makes them, which is
/// unpacked once. Thread-safe.
public final class Ladders implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Ladders.class);

    /// A child lives as long as its stream.
    private static final Duration NO_LIMIT = Duration.ofDays(3650);

    /// Of address space: pictures of 4K and a handful of encoders stay far below.
    private static final long MEMORY_BYTES = 6L << 30;

    private record Tools(FfmpegPrograms programs, Sandbox sandbox) {}

    private final LadderOptions options;
    private final LadderMetrics metrics;
    private final Semaphore places;
    private final Set<LadderRun> running = ConcurrentHashMap.newKeySet();
    private final Object preparing = new Object();
    private volatile @Nullable Tools tools;
    private volatile boolean closed;

    public Ladders(LadderOptions options, MeterRegistry meters) {
        this.options = options;
        this.metrics = new LadderMetrics(meters);
        this.places = new Semaphore(options.streamsHere());
    }

    /// Whether sources are to have a ladder.
    public boolean isOn() {
        return !options.rungs().isEmpty();
    }

    /// Unpacks the program in the background, so that the first stream need not wait for it.
    public void start() {
        if (isOn()) {
            Thread.ofPlatform()
                    .daemon()
                    .name("ladder-prepare")
                    .start(
                            () -> {
                                try {
                                    tools();
                                } catch (IOException e) {
                                    log.warn("live: no ladder: {}", e.getMessage());
                                } catch (InterruptedException _) {
                                    Thread.currentThread().interrupt();
                                }
                            });
        }
    }

    /// The ladder of a source: subscribe it, before what packages the source, and have it follow
    /// the source's segments.
    public Ladder of(LiveSource source) {
        return new Ladder(this, source);
    }

    List<LadderRung> rungs() {
        return options.rungs();
    }

    LadderMetrics metrics() {
        return metrics;
    }

    /// Starts a ladder if there is a place for it.
    @Nullable LadderRun tryStart(LadderRun.Job job) {
        if (closed || !places.tryAcquire()) {
            return null;
        }
        metrics.running.incrementAndGet();
        var run = new LadderRun(this, job);
        running.add(run);
        run.start();
        if (closed) {
            run.stop();
        }
        return run;
    }

    /// Its last child is gone.
    void ended(LadderRun run) {
        if (running.remove(run)) {
            metrics.running.decrementAndGet();
            places.release();
        }
    }

    /// @throws IOException with a text for the operator
    StreamingChild start(LadderRun.Job job, int compositionMs)
            throws IOException, InterruptedException {
        Tools ready = tools();
        return StreamingChild.start(
                "ladder of " + job.name(),
                LadderCommand.of(ready.programs(), job.decoder(), job.rungs(), compositionMs),
                ready.sandbox(),
                Sandbox.View.pipes(List.of(ready.programs().folder())),
                new ChildLimits(NO_LIMIT, NO_LIMIT, NO_LIMIT, 1 << 20, MEMORY_BYTES));
    }

    private Tools tools() throws IOException, InterruptedException {
        Tools ready = tools;
        if (ready == null) {
            synchronized (preparing) {
                ready = tools;
                if (ready == null) {
                    ready = prepare();
                    tools = ready;
                }
            }
        }
        return ready;
    }

    private Tools prepare() throws IOException, InterruptedException {
        boolean plain = options.fence() == Fence.LIMITS_ONLY;
        Sandbox sandbox = plain ? Sandbox.plain() : Sandbox.detect();
        if (options.fence() == Fence.REQUIRED && !sandbox.isBubblewrap()) {
            throw new IOException(
                    "the sandbox is required and does not work here: install bubblewrap and allow"
                            + " user namespaces");
        }
        FfmpegPrograms programs = FfmpegPrograms.load(options.programs());
        if (programs.encoders().isEmpty()) {
            throw new IOException("this ffmpeg has no H.264 encoder");
        }
        return new Tools(programs, sandbox);
    }

    /// Ends all children, and waits until they are gone.
    @Override
    public void close() {
        closed = true;
        List<LadderRun> last = List.copyOf(running);
        last.forEach(LadderRun::stop);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
        try {
            for (LadderRun run : last) {
                run.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime())));
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
