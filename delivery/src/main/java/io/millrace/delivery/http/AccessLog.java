package io.millrace.delivery.http;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.storage.blob.BlobStore;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/// The access log of all listeners of a process: one line a request, written by one thread to files
/// that are finished by size and time, and published to the content store.
///
/// Event loops only add to a bounded queue and never wait: what does not fit is counted and lost.
/// What is in a file is lost only with the disk: at most half a second of lines is not there yet
/// when the process is killed. Thread-safe.
public final class AccessLog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AccessLog.class);

    private static final int MAX_WAITING = 16_384;
    private static final int BATCH_CHARS = 64 << 10;
    private static final Duration FLUSH_EVERY = Duration.ofMillis(250);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(10);
    private static final Duration WARN_EVERY = Duration.ofSeconds(10);
    private static final Duration CLOSE_TIME = Duration.ofSeconds(10);
    private static final DateTimeFormatter HOUR =
            DateTimeFormatter.ofPattern("yyyyMMddHH", Locale.ROOT).withZone(ZoneOffset.UTC);

    private final AccessLogOptions options;
    private final AccessLogShipper shipper;
    private final ConcurrentLinkedQueue<AccessEntry> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private final Counter lines;
    private final Counter droppedFull;
    private final Counter droppedFailed;
    private final String boot = Long.toString(System.currentTimeMillis(), 36);
    private final Thread writer;
    private volatile boolean closing;

    /// The writer's only.
    private final StringBuilder batch = new StringBuilder(BATCH_CHARS + 4096);

    private int batchLines;
    private @Nullable AccessLogFile file;
    private String fileHour = "";
    private long fileSinceNs;
    private long sequence;

    /// A file may have been left open.
    private boolean failed;

    private long retryNs = System.nanoTime();
    private double warnedDrops;
    private long warnedNs = System.nanoTime() - WARN_EVERY.toNanos();

    private AccessLog(AccessLogOptions options, BlobStore store, MeterRegistry meters)
            throws IOException {
        this.options = options;
        Files.createDirectories(options.folder());
        lines =
                Counter.builder("millrace.access.log.lines")
                        .description("Requests written to the access log")
                        .register(meters);
        droppedFull = dropped(meters, "queue");
        droppedFailed = dropped(meters, "write");
        Gauge.builder("millrace.access.log.waiting", waiting, AtomicInteger::get)
                .description("Requests that wait for the access log's writer")
                .register(meters);
        sealLeftovers();
        shipper = new AccessLogShipper(options.folder(), store, options.compress(), meters);
        shipper.start();
        writer = Thread.ofPlatform().name("access-log").daemon().start(this::run);
    }

    private static Counter dropped(MeterRegistry meters, String reason) {
        return Counter.builder("millrace.access.log.dropped")
                .description("Requests missing in the access log")
                .tag("reason", reason)
                .register(meters);
    }

    /// Seals what an earlier process left, and begins.
    ///
    /// @param store where finished files go:
    ///   `logs/access/{yyyy}/{MM}/{dd}/{HH}/{node}-{boot}-{seq}`
    /// @throws IOException when the folder cannot be used
    public static AccessLog start(AccessLogOptions options, BlobStore store, MeterRegistry meters)
            throws IOException {
        return new AccessLog(options, store, meters);
    }

    private void sealLeftovers() throws IOException {
        List<Path> left;
        try (Stream<Path> files = Files.list(options.folder())) {
            left = files.filter(f -> f.toString().endsWith(AccessLogFile.OPEN)).sorted().toList();
        }
        for (Path leftover : left) {
            AccessLogFile.recover(leftover, options.format());
            LOG.info("access log {}, left open before, is finished", leftover.getFileName());
        }
    }

    /// Logs a request; any thread, never waits.
    void add(AccessEntry entry) {
        if (closing || waiting.get() >= MAX_WAITING) {
            droppedFull.increment();
            return;
        }
        int count = waiting.incrementAndGet();
        queue.add(entry);
        if (count == MAX_WAITING / 4) {
            LockSupport.unpark(writer);
        }
    }

    private void run() {
        while (true) {
            boolean last = closing;
            try {
                drain();
                rotateIfDue();
                warnOfDrops();
            } catch (RuntimeException e) {
                LOG.error("access log", e);
            }
            if (last && queue.isEmpty()) {
                break;
            }
            if (!closing) {
                LockSupport.parkNanos(this, FLUSH_EVERY.toNanos());
            }
        }
        seal();
    }

    private void drain() {
        for (AccessEntry entry = queue.poll(); entry != null; entry = queue.poll()) {
            waiting.decrementAndGet();
            options.format().write(batch, entry, options.maskAddresses());
            batchLines++;
            if (batch.length() >= BATCH_CHARS) {
                flush();
            }
        }
        flush();
    }

    private void flush() {
        if (batchLines == 0) {
            return;
        }
        try {
            AccessLogFile target = file();
            if (target == null) {
                droppedFailed.increment(batchLines);
            } else {
                target.append(batch.toString().getBytes(StandardCharsets.US_ASCII));
                lines.increment(batchLines);
                if (target.bytes() >= options.rotateBytes()) {
                    seal();
                }
            }
        } catch (IOException e) {
            droppedFailed.increment(batchLines);
            failed(e);
        }
        batch.setLength(0);
        batchLines = 0;
    }

    /// The open file; null while the last failure is too recent.
    private @Nullable AccessLogFile file() throws IOException {
        String hour = HOUR.format(Instant.now());
        if (file != null && !hour.equals(fileHour)) {
            seal();
        }
        AccessLogFile open = file;
        if (open == null) {
            if (System.nanoTime() - retryNs < 0) {
                return null;
            }
            String name = "%s_%s-%s-%06d".formatted(hour, options.node(), boot, ++sequence);
            open = AccessLogFile.create(options.folder(), name, options.format());
            file = open;
            fileHour = hour;
            fileSinceNs = System.nanoTime();
        }
        return open;
    }

    private void rotateIfDue() {
        if (file != null
                && (System.nanoTime() - fileSinceNs > options.rotateAfter().toNanos()
                        || !HOUR.format(Instant.now()).equals(fileHour))) {
            seal();
        }
    }

    private void seal() {
        AccessLogFile finished = file;
        if (finished == null) {
            return;
        }
        file = null;
        try {
            finished.seal();
            shipper.wake();
        } catch (IOException e) {
            failed(e);
        }
    }

    /// Tries again after a while, with another file; this one is sealed then, or at the next start.
    private void failed(IOException cause) {
        retryNs = System.nanoTime() + RETRY_AFTER.toNanos();
        failed = true;
        LOG.error(
                "access log: {} can't be written, lines are lost for {} s: {}",
                options.folder(),
                RETRY_AFTER.toSeconds(),
                cause.toString());
        AccessLogFile broken = file;
        file = null;
        if (broken != null) {
            try {
                broken.close();
            } catch (IOException e) {
                LOG.debug("access log: close", e);
            }
        }
    }

    private void warnOfDrops() {
        double drops = droppedFull.count() + droppedFailed.count();
        long now = System.nanoTime();
        if (drops > warnedDrops && now - warnedNs > WARN_EVERY.toNanos()) {
            LOG.warn("access log: {} requests are missing", Math.round(drops - warnedDrops));
            warnedDrops = drops;
            warnedNs = now;
        }
    }

    /// Writes what waits, finishes the file, and publishes it if the store takes it soon. After the
    /// listeners' end.
    @Override
    public void close() {
        closing = true;
        LockSupport.unpark(writer);
        try {
            writer.join(TimeUnit.NANOSECONDS.toMillis(CLOSE_TIME.toNanos()));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        shipper.close(CLOSE_TIME);
    }
}
