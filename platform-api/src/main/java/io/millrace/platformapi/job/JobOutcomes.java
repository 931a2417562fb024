package io.millrace.platformapi.job;

import io.millrace.platformapi.model.WorkResult;

import org.jdbi.v3.core.Handle;

/// What a job's end means for what it was about. Called in the transaction that ends the job, with
/// the entry's row locked: both happen or neither.
public interface JobOutcomes {
    void started(Handle handle, Job job);

    void completed(Handle handle, Job job, WorkResult result);

    /// No further attempt will be made.
    void failed(Handle handle, Job job, String errorCode, String message);

    /// A failed job is queued once more.
    void queuedAgain(Handle handle, Job job);
}
