package io.millrace.batch.worker;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.millrace.platformapi.model.BatchWork;
import io.millrace.storage.blob.BlobStore;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/// Does one job after the other on a virtual thread of its own.
///
/// The order at the end of a job is what makes a repeated job harmless: the output is complete and
/// durable under its key before the platform is told; the key is new with each lease, so a worker
/// that lost its lease overwrites nothing, and what it published is an orphan that a sweeper finds.
final class Slot implements Runnable {
    private static final Logger log = LoggerFactory.getLogger(Slot.class);

    private static final Duration SHORTEST_IDLE = Duration.ofMillis(200);
    private static final Duration LONGEST_IDLE = Duration.ofSeconds(2);
    private static final Duration LONGEST_OUTAGE = Duration.ofSeconds(10);
    private static final int MAX_MESSAGE = 500;

    private final String kinds;
    private final BatchSettings settings;
    private final JobQueue queue;
    private final BlobStore store;
    private final JobSteps steps;
    private final MeterRegistry registry;
    private final BatchRole role;

    Slot(
            String kinds,
            BatchSettings settings,
            JobQueue queue,
            BlobStore store,
            JobSteps steps,
            MeterRegistry registry,
            BatchRole role) {
        this.kinds = kinds;
        this.settings = settings;
        this.queue = queue;
        this.store = store;
        this.steps = steps;
        this.registry = registry;
        this.role = role;
    }

    @Override
    public void run() {
        Duration idle = SHORTEST_IDLE;
        try {
            while (!role.isStopping()) {
                long asked = System.nanoTime();
                List<BatchWork> jobs;
                try {
                    jobs = queue.lease(settings.workerName(), kinds, 1);
                    role.platformAnswered();
                } catch (IOException | JobQueue.RefusedException e) {
                    role.platformFailed(e);
                    idle = longer(idle, LONGEST_OUTAGE);
                    pause(idle);
                    continue;
                }
                if (jobs.isEmpty()) {
                    idle = longer(idle, LONGEST_IDLE);
                    pause(idle);
                    continue;
                }
                idle = SHORTEST_IDLE;
                for (BatchWork work : jobs) {
                    doJob(work, asked);
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /// A pause that a stop ends; with a random part, so that workers don't ask in step.
    private void pause(Duration about) throws InterruptedException {
        long millis = about.toMillis();
        role.awaitStop(
                Duration.ofMillis(millis / 2 + ThreadLocalRandom.current().nextLong(millis)));
    }

    private static Duration longer(Duration idle, Duration limit) {
        Duration next = idle.multipliedBy(2);
        return next.compareTo(limit) > 0 ? limit : next;
    }

    private void doJob(BatchWork work, long leasedAt) throws InterruptedException {
        if (work.id == null || work.fence == null) {
            log.error("the platform leased a job without id or fence");
            return;
        }
        long id = work.id;
        long fence = work.fence;
        String job =
                "job " + id + " (" + work.kind + " " + work.assetId + " of " + work.entryId + ")";
        log.info("{}: begins, fence {}, attempt {}", job, fence, work.attempt);
        long started = System.nanoTime();
        String outcome;
        role.running(1);
        try (Lease lease = new Lease(queue, job, id, fence, leasedAt, settings)) {
            outcome = run(job, work, id, fence, lease);
        } finally {
            role.running(-1);
        }
        Duration took = Duration.ofNanos(System.nanoTime() - started);
        Timer.builder("millrace.batch.jobs")
                .description("Jobs done, by how they ended")
                .tag("kind", String.valueOf(work.kind))
                .tag("outcome", outcome)
                .register(registry)
                .record(took);
        log.info("{}: {} after {} ms", job, outcome, took.toMillis());
    }

    private String run(String job, BatchWork work, long id, long fence, Lease lease)
            throws InterruptedException {
        Path folder = null;
        try {
            folder = store.newStagingFolder("job_" + id + "_" + fence);
            JobSteps.Done done =
                    steps.run(
                            job,
                            work,
                            folder,
                            lease::percent,
                            () -> lease.isLost() || role.isStopping());
            if (lease.isLost()) {
                return "lease_lost";
            }
            steps.publish(done);
            lease.ending();
            report(job, () -> queue.complete(id, fence, done.result()));
            return "finished";
        } catch (JobSteps.FailedException e) {
            return failed(job, id, fence, lease, e.failure());
        } catch (IOException e) {
            log.warn("{}: storage", job, e);
            return failed(job, id, fence, lease, new JobFailure("STORAGE", "storage: " + e, false));
        } catch (JobQueue.LeaseLostException e) {
            log.warn("{}: done, but the lease was lost: {}", job, e.getMessage());
            return "lease_lost";
        } catch (JobQueue.RefusedException e) {
            log.error("{}: the platform refused its end: {}", job, e.getMessage());
            return "refused";
        } catch (RuntimeException e) {
            log.error("{}: our mistake", job, e);
            return failed(
                    job,
                    id,
                    fence,
                    lease,
                    new JobFailure("INTERNAL", "internal error: " + e, false));
        } finally {
            if (folder != null) {
                deleteTree(job, folder);
            }
        }
    }

    private String failed(String job, long id, long fence, Lease lease, JobFailure failure)
            throws InterruptedException {
        if (lease.isLost()) {
            return "lease_lost";
        }
        JobFailure told =
                role.isStopping()
                        ? new JobFailure(JobFailure.WORKER_STOPPED, "the worker was stopped", false)
                        : failure;
        log.warn("{}: failed: {}: {}", job, told.code(), told.message());
        String message = told.message();
        String cut = message.length() > MAX_MESSAGE ? message.substring(0, MAX_MESSAGE) : message;
        lease.ending();
        try {
            report(job, () -> queue.fail(id, fence, told.code(), cut, told.permanent()));
        } catch (JobQueue.LeaseLostException _) {
            return "lease_lost";
        } catch (JobQueue.RefusedException | IOException e) {
            log.error("{}: its failure could not be told: {}", job, e.getMessage());
        }
        return role.isStopping() ? "stopped" : "failed";
    }

    @FunctionalInterface
    private interface Report {
        void send()
                throws IOException,
                        InterruptedException,
                        JobQueue.LeaseLostException,
                        JobQueue.RefusedException;
    }

    /// Repeats a report that did not get through, for as long as the lease lives on without us.
    private void report(String job, Report report)
            throws IOException,
                    InterruptedException,
                    JobQueue.LeaseLostException,
                    JobQueue.RefusedException {
        long deadline = System.nanoTime() + settings.giveUpAfter().toNanos();
        while (true) {
            try {
                report.send();
                return;
            } catch (IOException e) {
                if (System.nanoTime() > deadline || role.isStopping()) {
                    throw e;
                }
                log.warn("{}: its end could not be told, trying again: {}", job, e.getMessage());
                role.awaitStop(Duration.ofSeconds(1));
            }
        }
    }

    private static void deleteTree(String job, Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path p : (Iterable<Path>) all.sorted(Comparator.reverseOrder())::iterator) {
                Files.deleteIfExists(p);
            }
        } catch (IOException e) {
            log.warn("{}: cannot remove {}: {}", job, folder, e.toString());
        }
    }
}
