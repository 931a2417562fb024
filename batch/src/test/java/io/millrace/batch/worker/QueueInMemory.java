package io.millrace.batch.worker;

import io.millrace.platformapi.model.BatchWork;
import io.millrace.platformapi.model.WorkResult;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A job queue whose other end is the test. Thread-safe.
final class QueueInMemory implements JobQueue {
    private final List<BatchWork> waiting = new ArrayList<>();
    private final Map<Long, WorkResult> results = new HashMap<>();
    private final Map<Long, JobFailure> failures = new HashMap<>();
    private final Map<Long, Integer> progress = new HashMap<>();
    private final Set<Long> takenAway = new HashSet<>();
    private boolean cutOff;

    synchronized void add(BatchWork work) {
        waiting.add(work);
    }

    synchronized void takeAway(long id) {
        takenAway.add(id);
    }

    synchronized void cutOff(boolean value) {
        cutOff = value;
    }

    synchronized @Nullable WorkResult result(long id) {
        return results.get(id);
    }

    synchronized @Nullable JobFailure failure(long id) {
        return failures.get(id);
    }

    synchronized int progress(long id) {
        return progress.getOrDefault(id, 0);
    }

    @Override
    public synchronized List<BatchWork> lease(String worker, String kinds, int maxJobs)
            throws IOException {
        reach();
        for (BatchWork work : waiting) {
            if (List.of(kinds.split(",")).contains(work.kind)) {
                waiting.remove(work);
                return List.of(work);
            }
        }
        return List.of();
    }

    @Override
    public synchronized int heartbeat(long jobId, long fence, int percent, String message)
            throws IOException, LeaseLostException {
        reach();
        hold(jobId);
        progress.put(jobId, percent);
        return 30;
    }

    @Override
    public synchronized void complete(long jobId, long fence, WorkResult result)
            throws IOException, LeaseLostException {
        reach();
        hold(jobId);
        results.put(jobId, result);
    }

    @Override
    public synchronized void fail(
            long jobId, long fence, String errorCode, String message, boolean permanent)
            throws IOException, LeaseLostException {
        reach();
        hold(jobId);
        failures.put(jobId, new JobFailure(errorCode, message, permanent));
    }

    private void reach() throws IOException {
        if (cutOff) {
            throw new IOException("cut off");
        }
    }

    private void hold(long jobId) throws LeaseLostException {
        if (takenAway.contains(jobId)) {
            throw new LeaseLostException("LEASE_LOST");
        }
    }
}
