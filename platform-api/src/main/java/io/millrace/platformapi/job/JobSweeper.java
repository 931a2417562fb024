package io.millrace.platformapi.job;

import io.millrace.platformapi.model.EntryStatus;
import io.millrace.platformapi.model.JobState;
import io.millrace.storage.sql.Database;

import org.jdbi.v3.core.Handle;

import java.time.InstantSource;

/// Takes back what workers have left: expired leases, and entries in the making that nobody works
/// on. May run on every node at once. Thread-safe.
public final class JobSweeper {
    /// How long an entry may be without a job before that is a fault and not a moment between two.
    private static final long WITHOUT_WORK_SECONDS = 60;

    private static final int ENTRIES_A_RUN = 50;

    private final Database database;
    private final JobStore jobs;
    private final JobQueue queue;
    private final Resumption resumption;
    private final InstantSource clock;
    private volatile int waiting;

    public JobSweeper(
            Database database,
            JobStore jobs,
            JobQueue queue,
            Resumption resumption,
            InstantSource clock) {
        this.database = database;
        this.jobs = jobs;
        this.queue = queue;
        this.resumption = resumption;
        this.clock = clock;
    }

    /// Sets an entry to work again.
    @FunctionalInterface
    public interface Resumption {
        void resume(Handle handle, String entryId);
    }

    public void run() {
        queue.reap();
        long since = clock.instant().getEpochSecond() - WITHOUT_WORK_SECONDS;
        for (String id : jobs.entriesWithoutWork(EntryStatus.PRECONVERT, since, ENTRIES_A_RUN)) {
            database.useTransaction(handle -> resumption.resume(handle, id));
        }
        waiting = jobs.countIn(JobState.PENDING);
    }

    /// How many jobs waited at the last run; for a gauge, which may not ask the database.
    public int waiting() {
        return waiting;
    }
}
