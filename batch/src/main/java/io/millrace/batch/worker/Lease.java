package io.millrace.batch.worker;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/// Keeps one job's lease by heartbeats from a virtual thread, until it is closed, the platform says
/// that the lease is lost, or no heartbeat got through for {@link BatchSettings#giveUpAfter} by the
/// monotonic clock: a worker that was frozen or cut off ends its job before another one may have
/// it.
///
/// {@link #isLost} may be asked from any thread.
final class Lease implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Lease.class);

    /// Progress that people watch is told more often than the lease needs.
    private static final Duration PROGRESS_INTERVAL = Duration.ofSeconds(2);

    private final JobQueue queue;
    private final String job;
    private final long jobId;
    private final long fence;
    private final long heartbeatNanos;
    private final long giveUpNanos;
    private final AtomicInteger percent = new AtomicInteger();
    private final Thread thread;
    private volatile long renewedAt;
    private volatile boolean lost;
    private volatile boolean closed;
    private volatile boolean ending;

    /// @param leasedAt `System.nanoTime()` from *before* the lease was asked for
    Lease(
            JobQueue queue,
            String job,
            long jobId,
            long fence,
            long leasedAt,
            BatchSettings settings) {
        this.queue = queue;
        this.job = job;
        this.jobId = jobId;
        this.fence = fence;
        this.heartbeatNanos = settings.heartbeat().toNanos();
        this.giveUpNanos = settings.giveUpAfter().toNanos();
        this.renewedAt = leasedAt;
        this.thread = Thread.ofVirtual().name("lease-" + jobId).start(this::beat);
    }

    void percent(int value) {
        percent.accumulateAndGet(value, Math::max);
    }

    /// Whether the job must not go on. Asks the clock as well: the heartbeat's thread may have been
    /// frozen together with the rest.
    boolean isLost() {
        return lost || System.nanoTime() - renewedAt > giveUpNanos;
    }

    /// The job's end is being told: from now on the platform may say that the lease is gone because
    /// it has taken the end.
    void ending() {
        ending = true;
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
    }

    private void beat() {
        int told = 0;
        long toldAt = System.nanoTime();
        Duration step = Duration.ofNanos(Math.min(heartbeatNanos, PROGRESS_INTERVAL.toNanos()));
        try {
            while (!closed && !isLost()) {
                Thread.sleep(step);
                int now = percent.get();
                long at = System.nanoTime();
                if (now == told && at - toldAt < heartbeatNanos) {
                    continue;
                }
                if (renew(now)) {
                    told = now;
                    toldAt = at;
                }
            }
            if (!closed && !lost) {
                log.warn(
                        "{}: no heartbeat got through for {} s; dropping the job",
                        job,
                        giveUpNanos / 1_000_000_000);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean renew(int progress) throws InterruptedException {
        long before = System.nanoTime();
        try {
            queue.heartbeat(jobId, fence, progress, "");
            renewedAt = before;
            return true;
        } catch (JobQueue.LeaseLostException e) {
            if (!ending) {
                log.warn("{}: the lease is lost: {}", job, e.getMessage());
                lost = true;
            }
        } catch (IOException | JobQueue.RefusedException e) {
            if (!closed) {
                log.warn("{}: heartbeat: {}", job, e.getMessage());
            }
        } catch (RuntimeException e) {
            log.error("{}: heartbeat", job, e);
        }
        return false;
    }
}
