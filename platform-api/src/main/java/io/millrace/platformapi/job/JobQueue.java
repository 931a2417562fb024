package io.millrace.platformapi.job;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.millrace.platformapi.entry.EntryStore;
import io.millrace.platformapi.http.ApiException;
import io.millrace.platformapi.model.JobState;
import io.millrace.platformapi.model.WorkResult;
import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.BlobStore;
import io.millrace.storage.sql.Database;

import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/// The queue's rules: who holds a job, how often it is tried, what its end changes.
///
/// A job is held by a lease of {@link #LEASE_SECONDS} of database time and its fence. Ending it,
/// well or badly, is one transaction that also changes what the job was about; it counts once
/// however often a worker says it. Locks are taken in the order entry, job, the rest. Thread-safe.
public final class JobQueue {
    public static final int LEASE_SECONDS = 30;
    static final int MAX_ATTEMPTS = 3;

    /// The error code of a worker that gives its job back; not an attempt.
    static final String WORKER_STOPPED = "WORKER_STOPPED";

    private static final Logger log = LoggerFactory.getLogger(JobQueue.class);
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int MAX_MESSAGE = 2000;

    private final Database database;
    private final JobStore jobs;
    private final EntryStore entries;
    private final BlobStore blobs;
    private final JobOutcomes outcomes;
    private final MeterRegistry meters;
    private final Counter leasesLost;

    public JobQueue(
            Database database,
            JobStore jobs,
            EntryStore entries,
            BlobStore blobs,
            JobOutcomes outcomes,
            MeterRegistry meters) {
        this.database = database;
        this.jobs = jobs;
        this.entries = entries;
        this.blobs = blobs;
        this.outcomes = outcomes;
        this.meters = meters;
        this.leasesLost =
                Counter.builder("millrace.jobs.leases.lost")
                        .description("Leases that ended without a word from their worker")
                        .register(meters);
    }

    List<Job> lease(String worker, Collection<String> kinds, int max) {
        List<Job> leased =
                database.inTransaction(
                        handle -> jobs.lease(handle, worker, kinds, max, LEASE_SECONDS));
        for (Job job : leased) {
            log.info(
                    "job {}: {} of entry {} leased by {}, attempt {}",
                    job.id(),
                    job.kind(),
                    job.entryId(),
                    worker,
                    job.attempts());
            database.useTransaction(
                    handle -> {
                        entries.lock(handle, job.entryId());
                        outcomes.started(handle, job);
                    });
        }
        return leased;
    }

    Job heartbeat(long id, long fence, int progress, @Nullable String message) {
        return database.inTransaction(
                handle -> {
                    if (!jobs.heartbeat(
                            handle, id, fence, progress, cut(message, 1000), LEASE_SECONDS)) {
                        throw leaseLost(id);
                    }
                    return jobs.find(handle, id).orElseThrow();
                });
    }

    Job complete(long id, long fence, WorkResult result) {
        Job before = jobs.find(id).orElseThrow(() -> jobNotFound(id));
        if (before.fence() != fence) {
            throw leaseLost(id);
        }
        requireOutput(before);
        Job after =
                database.inTransaction(
                        handle -> {
                            entries.lock(handle, before.entryId());
                            Job job = jobs.lock(handle, id).orElseThrow(() -> jobNotFound(id));
                            if (job.fence() == fence && job.state().equals(JobState.FINISHED)) {
                                return job;
                            }
                            if (!jobs.finish(
                                    handle,
                                    id,
                                    fence,
                                    JobState.FINISHED,
                                    JSON.writeValueAsString(result),
                                    null,
                                    null)) {
                                throw leaseLost(id);
                            }
                            outcomes.completed(handle, job, result);
                            return jobs.find(handle, id).orElseThrow();
                        });
        if (!JobStore.isOver(before)) {
            ended(after, "finished");
            removeOlderOutputs(after);
        }
        return after;
    }

    Job fail(long id, long fence, String errorCode, String message, boolean permanent) {
        Job before = jobs.find(id).orElseThrow(() -> jobNotFound(id));
        return database.inTransaction(
                handle -> {
                    entries.lock(handle, before.entryId());
                    Job job = jobs.lock(handle, id).orElseThrow(() -> jobNotFound(id));
                    if (job.fence() == fence
                            && !job.state().equals(JobState.RUNNING)
                            && job.errorCode() != null) {
                        // The same news again.
                        return job;
                    }
                    if (job.fence() != fence || !job.state().equals(JobState.RUNNING)) {
                        throw leaseLost(id);
                    }
                    if (errorCode.equals(WORKER_STOPPED) && !permanent) {
                        jobs.giveBack(handle, id, fence);
                        outcomes.queuedAgain(handle, job);
                        log.info("job {}: given back by {}, which stops", id, job.worker());
                        return jobs.find(handle, id).orElseThrow();
                    }
                    return attemptFailed(handle, job, errorCode, message, permanent);
                });
    }

    private Job attemptFailed(
            Handle handle, Job job, String errorCode, String message, boolean permanent) {
        String code = String.valueOf(cut(errorCode, 64));
        String text = String.valueOf(cut(message, MAX_MESSAGE));
        if (permanent || job.attempts() >= MAX_ATTEMPTS) {
            jobs.finish(handle, job.id(), job.fence(), JobState.FAILED, null, code, text);
            outcomes.failed(handle, job, code, text);
            Job after = jobs.find(handle, job.id()).orElseThrow();
            ended(after, "failed");
            return after;
        }
        Duration delay = backOff(job.attempts());
        jobs.retryLater(handle, job.id(), job.fence(), delay.toMillis(), code, text);
        outcomes.queuedAgain(handle, job);
        log.warn(
                "job {}: {} of entry {} failed at attempt {}, next in {} s: {} {}",
                job.id(),
                job.kind(),
                job.entryId(),
                job.attempts(),
                delay.toSeconds(),
                code,
                text);
        return jobs.find(handle, job.id()).orElseThrow();
    }

    /// A failed job starts over with all its attempts.
    Job retry(long id) {
        Job before = jobs.find(id).orElseThrow(() -> jobNotFound(id));
        return database.inTransaction(
                handle -> {
                    entries.lock(handle, before.entryId());
                    if (jobs.queueAgain(handle, id)) {
                        outcomes.queuedAgain(handle, jobs.find(handle, id).orElseThrow());
                    }
                    return jobs.find(handle, id).orElseThrow();
                });
    }

    /// Takes leases back whose workers have gone silent. Called now and then by any number of
    /// nodes.
    ///
    /// @return how many
    public int reap() {
        int reaped = 0;
        for (Job job : jobs.expired(100)) {
            boolean done =
                    database.inTransaction(
                            handle -> {
                                entries.lock(handle, job.entryId());
                                Optional<Job> now = jobs.lock(handle, job.id());
                                if (now.isEmpty() || !jobs.isExpired(handle, job.id())) {
                                    return false;
                                }
                                attemptFailed(
                                        handle,
                                        now.get(),
                                        "WORKER_LOST",
                                        "worker "
                                                + job.worker()
                                                + " has not been heard of for "
                                                + LEASE_SECONDS
                                                + " s",
                                        false);
                                return true;
                            });
            if (done) {
                leasesLost.increment();
                reaped++;
            }
        }
        return reaped;
    }

    /// 10 s, 40 s, … with some jitter, so that what failed together does not come back together.
    private static Duration backOff(int attempts) {
        long ms = 10_000L << (2 * Math.min(4, Math.max(0, attempts - 1)));
        return Duration.ofMillis(ms + ThreadLocalRandom.current().nextLong(ms / 4));
    }

    /// The row may only speak of bytes that are there.
    private void requireOutput(Job job) {
        String key = job.targetKey();
        if (key == null || JobStore.isOver(job)) {
            return;
        }
        try {
            if (blobs.stat(BlobKey.of(key)).isEmpty()) {
                throw ApiException.of(
                        "JOB_OUTPUT_MISSING",
                        "Job " + job.id() + " has no object under " + key,
                        "JOB_ID",
                        Long.toString(job.id()));
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /// What attempts before this one may have left.
    private void removeOlderOutputs(Job job) {
        for (int version = job.baseVersion() + 1; version < job.targetVersion(); version++) {
            String key = job.targetKey(version);
            if (key == null) {
                return;
            }
            try {
                blobs.delete(BlobKey.of(key));
            } catch (IOException e) {
                log.warn("job {}: {} stays: {}", job.id(), key, e.toString());
            }
        }
    }

    private void ended(Job job, String how) {
        meters.counter("millrace.jobs.ended", Tags.of("kind", job.kind(), "result", how))
                .increment();
        if (job.startedAt() != null && job.finishedAt() != null) {
            Timer.builder("millrace.jobs.duration")
                    .tag("kind", job.kind())
                    .register(meters)
                    .record(Duration.between(job.startedAt(), job.finishedAt()));
        }
        if (how.equals("failed")) {
            log.error(
                    "job {}: {} of entry {} failed for good: {} {}",
                    job.id(),
                    job.kind(),
                    job.entryId(),
                    job.errorCode(),
                    job.errorMessage());
        } else {
            log.info("job {}: {} of entry {} finished", job.id(), job.kind(), job.entryId());
        }
    }

    private static @Nullable String cut(@Nullable String text, int limit) {
        return text == null || text.length() <= limit ? text : text.substring(0, limit);
    }

    static ApiException leaseLost(long id) {
        return ApiException.of(
                "LEASE_LOST",
                "Job " + id + " is not held by this fence any more",
                "JOB_ID",
                Long.toString(id));
    }

    static ApiException jobNotFound(long id) {
        return ApiException.of(
                "JOB_NOT_FOUND", "Job " + id + " not found", "JOB_ID", Long.toString(id));
    }
}
