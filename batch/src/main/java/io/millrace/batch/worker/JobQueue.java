package io.millrace.batch.worker;

import io.millrace.platformapi.model.BatchWork;
import io.millrace.platformapi.model.WorkResult;

import java.io.IOException;
import java.util.List;

/// Where jobs come from and where their ends are told; the platform, over HTTP. Thread-safe; calls
/// block.
///
/// An `IOException` says that the call may or may not have had its effect; each may be repeated
/// with the same arguments.
public interface JobQueue {
    /// @param kinds comma list of {@link io.millrace.platformapi.model.WorkKind}
    /// @return at most `maxJobs`, maybe none
    List<BatchWork> lease(String worker, String kinds, int maxJobs)
            throws IOException, InterruptedException, RefusedException;

    /// Renews a lease.
    ///
    /// @return seconds that it is good for from now
    int heartbeat(long jobId, long fence, int progressPercent, String message)
            throws IOException, InterruptedException, LeaseLostException, RefusedException;

    void complete(long jobId, long fence, WorkResult result)
            throws IOException, InterruptedException, LeaseLostException, RefusedException;

    /// @param permanent another try would fail the same way
    void fail(long jobId, long fence, String errorCode, String message, boolean permanent)
            throws IOException, InterruptedException, LeaseLostException, RefusedException;

    /// Somebody else has the job by now, or nobody wants it done any more: its output must go.
    final class LeaseLostException extends Exception {
        private static final long serialVersionUID = 1L;

        public LeaseLostException(String message) {
            super(message);
        }
    }

    /// The platform refuses the call itself: a wrong secret, an unknown action.
    final class RefusedException extends Exception {
        private static final long serialVersionUID = 1L;

        public RefusedException(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
