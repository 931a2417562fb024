package io.millrace.platformapi;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.storage.sql.DatabaseUnavailableException;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// The platform's own clockwork: each task on its own virtual thread, run again a fixed pause after
/// it ended. Every task may run on several nodes at once and says itself how it stays harmless.
///
/// Threading: started and closed once, by its owner.
final class PeriodicTasks implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(PeriodicTasks.class);

    private final MeterRegistry meters;
    private final List<Thread> threads = new ArrayList<>();

    PeriodicTasks(MeterRegistry meters) {
        this.meters = meters;
    }

    void start(String name, Duration pause, Runnable task) {
        threads.add(Thread.ofVirtual().name(name).start(() -> run(name, pause, task)));
    }

    private void run(String name, Duration pause, Runnable task) {
        boolean wasDown = false;
        while (!Thread.currentThread().isInterrupted()) {
            try {
                task.run();
                wasDown = false;
            } catch (DatabaseUnavailableException e) {
                if (!wasDown) {
                    log.warn("task {} waits for the database: {}", name, e.getMessage());
                }
                wasDown = true;
            } catch (RuntimeException e) {
                meters.counter("millrace.platform.task.failures", "task", name).increment();
                log.error("task {} failed, next try in {} s", name, pause.toSeconds(), e);
            }
            try {
                Thread.sleep(pause);
            } catch (InterruptedException _) {
                return;
            }
        }
    }

    @Override
    public void close() {
        threads.forEach(Thread::interrupt);
        for (Thread thread : threads) {
            try {
                thread.join(Duration.ofSeconds(5));
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
