package io.millrace.batch.worker;

import io.millrace.platformapi.client.ApiClientException;
import io.millrace.platformapi.client.PlatformClient;
import io.millrace.platformapi.model.BatchWork;
import io.millrace.platformapi.model.WorkResult;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/// The API service `job`, called with a session of the cluster's own partner. Thread-safe.
public final class PlatformJobQueue implements JobQueue {
    private static final String LEASE_LOST = "LEASE_LOST";
    private static final int DEFAULT_LEASE_SECONDS = 30;

    private final PlatformClient client;

    /// Ownership: the client stays its maker's.
    public PlatformJobQueue(PlatformClient client) {
        this.client = client;
    }

    @Override
    public List<BatchWork> lease(String worker, String kinds, int maxJobs)
            throws IOException, InterruptedException, RefusedException {
        try {
            return client.callForList(
                    "job.lease",
                    Map.of("workerName", worker, "kinds", kinds, "maxJobs", maxJobs),
                    BatchWork.class);
        } catch (ApiClientException e) {
            throw new RefusedException("job.lease: " + e.getMessage(), e);
        }
    }

    @Override
    public int heartbeat(long jobId, long fence, int progressPercent, String message)
            throws IOException, InterruptedException, LeaseLostException, RefusedException {
        Object answer =
                call(
                        "job.heartbeat",
                        Map.of(
                                "jobId",
                                jobId,
                                "fence",
                                fence,
                                "progress",
                                progressPercent,
                                "message",
                                message));
        return answer instanceof Map<?, ?> map && map.get("leaseSeconds") instanceof Number seconds
                ? seconds.intValue()
                : DEFAULT_LEASE_SECONDS;
    }

    @Override
    public void complete(long jobId, long fence, WorkResult result)
            throws IOException, InterruptedException, LeaseLostException, RefusedException {
        call("job.complete", Map.of("jobId", jobId, "fence", fence, "result", result));
    }

    @Override
    public void fail(long jobId, long fence, String errorCode, String message, boolean permanent)
            throws IOException, InterruptedException, LeaseLostException, RefusedException {
        call(
                "job.fail",
                Map.of(
                        "jobId",
                        jobId,
                        "fence",
                        fence,
                        "errorCode",
                        errorCode,
                        "message",
                        message,
                        "permanent",
                        permanent));
    }

    private @Nullable Object call(String action, Map<String, ?> parameters)
            throws IOException, InterruptedException, LeaseLostException, RefusedException {
        try {
            return client.call(action, parameters);
        } catch (ApiClientException e) {
            if (e.code().equals(LEASE_LOST)) {
                throw new LeaseLostException(String.valueOf(e.getMessage()));
            }
            throw new RefusedException(action + ": " + e.getMessage(), e);
        }
    }
}
