package io.millrace.mediaserver.cli;

import java.util.concurrent.CountDownLatch;

/// Ctrl-C and SIGTERM: the work of stopping runs in a shutdown hook, and a stop that was asked for
/// is a success.
final class StopSignal {
    private final CountDownLatch stopped = new CountDownLatch(1);
    private volatile boolean finished;

    private StopSignal() {}

    static StopSignal install(Runnable stop) {
        var signal = new StopSignal();
        Runtime.getRuntime()
                .addShutdownHook(
                        new Thread(
                                () -> {
                                    stop.run();
                                    signal.stopped.countDown();
                                    if (!signal.finished) {
                                        // The JVM would exit with 143; the stop was orderly, so say
                                        // so.
                                        Runtime.getRuntime().halt(0);
                                    }
                                },
                                "stop"));
        return signal;
    }

    /// From now on the program ends by itself, with its own exit code.
    void finishing() {
        finished = true;
    }

    /// Waits until a signal has stopped the program.
    void await() throws InterruptedException {
        stopped.await();
    }
}
