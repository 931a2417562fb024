package io.millrace.batch.worker;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.platformapi.model.WorkKind;
import io.millrace.storage.blob.BlobStore;
import io.millrace.storage.process.FfmpegPrograms;
import io.millrace.storage.process.Sandbox;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// The batch role of one node: some slots that take jobs from the platform and do them.
///
/// It needs the platform over HTTP and the blob store, and nothing else; any number of nodes may
/// have it. A platform that is not there yet is waited for. Closing kills what runs, gives the jobs
/// back and returns when no child process is left. Thread-safe.
public final class BatchRole implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(BatchRole.class);

    private static final long SAY_AGAIN_NANOS = Duration.ofSeconds(10).toNanos();

    /// Longer than killing a child and telling the platform takes.
    private static final Duration STOP_LIMIT = Duration.ofSeconds(20);

    private final CountDownLatch stop = new CountDownLatch(1);
    private final AtomicInteger running = new AtomicInteger();
    private final AtomicLong saidAt = new AtomicLong(System.nanoTime());
    private final List<Thread> threads = new ArrayList<>();
    private final Sandbox sandbox;
    private final FfmpegPrograms programs;
    private volatile boolean platformReachable;

    private BatchRole(Sandbox sandbox, FfmpegPrograms programs) {
        this.sandbox = sandbox;
        this.programs = programs;
    }

    /// Unpacks ffmpeg, tries the sandbox, and starts the slots.
    ///
    /// Ownership: queue, store and `elsewhere` stay the caller's and must outlive this.
    ///
    /// @param elsewhere what is not in the store yet
    /// @throws IOException when ffmpeg can't be used, with a text for the operator
    public static BatchRole start(
            BatchSettings settings,
            JobQueue queue,
            BlobStore store,
            SourcesElsewhere elsewhere,
            MeterRegistry registry)
            throws IOException, InterruptedException {
        FfmpegPrograms programs = FfmpegPrograms.load(settings.programsFolder());
        Sandbox sandbox = settings.useSandbox() ? Sandbox.detect() : Sandbox.plain();
        BatchRole role = new BatchRole(sandbox, programs);
        Gauge.builder("millrace.batch.running", role.running, AtomicInteger::get)
                .description("Jobs being done now")
                .register(registry);
        JobSteps steps = new JobSteps(store, elsewhere, programs, sandbox, settings.transcode());
        String brief =
                String.join(",", WorkKind.PROBE, WorkKind.THUMBNAIL, WorkKind.JOIN, WorkKind.CLIP);
        for (int i = 0; i < settings.briefSlots(); i++) {
            role.start(
                    "batch-brief-" + i,
                    new Slot(brief, settings, queue, store, steps, registry, role));
        }
        for (int i = 0; i < settings.convertSlots(); i++) {
            role.start(
                    "batch-convert-" + i,
                    new Slot(WorkKind.CONVERT, settings, queue, store, steps, registry, role));
        }
        log.info(
                "batch: worker {} takes {} conversions and {} brief jobs at once",
                settings.workerName(),
                settings.convertSlots(),
                settings.briefSlots());
        return role;
    }

    private void start(String name, Slot slot) {
        threads.add(Thread.ofVirtual().name(name).start(slot));
    }

    /// Whether jobs can be had: the platform answered the last time it was asked.
    public boolean isReady() {
        return platformReachable && !isStopping();
    }

    /// Jobs being done now.
    public int runningJobs() {
        return running.get();
    }

    /// How children are fenced in, for the operator.
    public Sandbox sandbox() {
        return sandbox;
    }

    /// For who makes clips or looks at files himself (the demo, doctor).
    public FfmpegPrograms programs() {
        return programs;
    }

    /// Kills what runs and gives the jobs back.
    @Override
    public void close() {
        stop.countDown();
        long deadline = System.nanoTime() + STOP_LIMIT.toNanos();
        boolean interrupted = false;
        for (Thread thread : threads) {
            try {
                long left = Math.max(1, (deadline - System.nanoTime()) / 1_000_000);
                if (!thread.join(Duration.ofMillis(left))) {
                    log.warn("batch: {} did not end in time; interrupting it", thread.getName());
                    thread.interrupt();
                    thread.join(Duration.ofSeconds(5));
                }
            } catch (InterruptedException _) {
                interrupted = true;
                thread.interrupt();
            }
        }
        log.info("batch: stopped");
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    boolean isStopping() {
        return stop.getCount() == 0;
    }

    void awaitStop(Duration atMost) throws InterruptedException {
        stop.await(atMost.toMillis(), TimeUnit.MILLISECONDS);
    }

    void running(int change) {
        running.addAndGet(change);
    }

    void platformAnswered() {
        if (!platformReachable) {
            platformReachable = true;
            log.info("batch: the platform answers");
        }
    }

    void platformFailed(Exception e) {
        platformReachable = false;
        long said = saidAt.get();
        long now = System.nanoTime();
        if (!isStopping() && now - said >= SAY_AGAIN_NANOS && saidAt.compareAndSet(said, now)) {
            log.warn("WAITING_FOR the platform's job queue: {}", e.getMessage());
        }
    }
}
