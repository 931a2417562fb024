package io.millrace.delivery.http;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.BlobStore;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

/// Brings finished log files to the content store, on a virtual thread of its own: a store that
/// hangs holds up neither requests nor the log. A file stays in the node's folder until the store
/// has it; publishing it twice is the same as once. Thread-safe.
final class AccessLogShipper {
    private static final Logger LOG = LoggerFactory.getLogger(AccessLogShipper.class);
    private static final Duration RETRY = Duration.ofSeconds(30);
    private static final String PREFIX = "logs/access/";

    private final Path folder;
    private final BlobStore store;
    private final boolean compress;
    private final Counter shipped;
    private final Counter failed;
    private final Semaphore wake = new Semaphore(0);
    private final Thread thread;
    private volatile boolean ending;

    AccessLogShipper(Path folder, BlobStore store, boolean compress, MeterRegistry meters) {
        this.folder = folder;
        this.store = store;
        this.compress = compress;
        shipped =
                Counter.builder("millrace.access.log.files")
                        .description("Finished access log files published")
                        .register(meters);
        failed =
                Counter.builder("millrace.access.log.publish.failures")
                        .description("Finished access log files that could not be published yet")
                        .register(meters);
        thread = Thread.ofVirtual().name("access-log-shipper").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /// A file was finished.
    void wake() {
        wake.release();
    }

    private void run() {
        try {
            while (true) {
                boolean last = ending;
                boolean all = shipAll();
                if (last) {
                    return;
                }
                if (all) {
                    wake.acquire();
                } else {
                    wake.tryAcquire(RETRY.toMillis(), TimeUnit.MILLISECONDS);
                }
                wake.drainPermits();
            }
        } catch (InterruptedException _) {
            // What is left is published after the next start.
        }
    }

    private boolean shipAll() {
        List<Path> files;
        try (Stream<Path> list = Files.list(folder)) {
            files =
                    list.filter(file -> file.toString().endsWith(AccessLogFile.SEALED))
                            .sorted()
                            .toList();
        } catch (IOException e) {
            LOG.warn("access log: {} can't be listed: {}", folder, e.toString());
            return false;
        }
        for (Path file : files) {
            try {
                ship(file);
                shipped.increment();
            } catch (IOException | RuntimeException e) {
                failed.increment();
                LOG.warn(
                        "access log {} is not published yet: {}", file.getFileName(), e.toString());
                return false;
            }
        }
        return true;
    }

    /// `{yyyyMMddHH}_{name}.log` goes to `logs/access/{yyyy}/{MM}/{dd}/{HH}/{name}.log`.
    private void ship(Path file) throws IOException {
        String name = file.getFileName().toString();
        int underscore = name.indexOf('_');
        String hour = name.substring(0, underscore);
        String key =
                PREFIX
                        + hour.substring(0, 4)
                        + '/'
                        + hour.substring(4, 6)
                        + '/'
                        + hour.substring(6, 8)
                        + '/'
                        + hour.substring(8, 10)
                        + '/'
                        + name.substring(underscore + 1);
        if (!compress) {
            store.publish(file, BlobKey.of(key));
            return;
        }
        Path packed = folder.resolve(name + ".gz.tmp");
        try (FileChannel channel =
                        FileChannel.open(
                                packed,
                                StandardOpenOption.WRITE,
                                StandardOpenOption.CREATE,
                                StandardOpenOption.TRUNCATE_EXISTING);
                OutputStream out =
                        new GZIPOutputStream(Channels.newOutputStream(channel), 1 << 16)) {
            Files.copy(file, out);
        }
        store.publish(packed, BlobKey.of(key + ".gz"));
        Files.delete(file);
    }

    /// Publishes what is there and ends, within the time; the rest waits for the next start.
    void close(Duration patience) {
        ending = true;
        wake.release();
        try {
            if (!thread.join(patience)) {
                thread.interrupt();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            thread.interrupt();
        }
    }
}
