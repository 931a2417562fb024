package io.millrace.liveingest.record;

import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.BlobStore;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/// Finds recordings whose node is gone, so that any node finishes them.
///
/// A living node's journals grow, by fragments or by `alive` lines. One that stood still for {@link
/// RecordingOptions.Orphans#after}, by this node's own monotonic clock, has lost its node: no
/// clocks are compared, nothing is locked, and no service but the storage is asked. What is done
/// then may be done by several nodes at the same time with the same result. A node that was only
/// frozen knows by the same clock that it was away too long, and leaves the recording alone ({@link
/// RecordingOptions.Orphans#fenceAfter}).
///
/// On a shared folder journals are opened, not looked at, because NFS promises to be up to date at
/// an open only. In a bucket nothing can be seen of what grows on another node's disk, so only the
/// node's own leavings count there. One thread.
final class OrphanWatch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(OrphanWatch.class);

    /// @param grownBytes at the last look
    /// @param sinceNanos how long it has been so
    private record Seen(long grownBytes, long sinceNanos) {}

    private final BlobStore blobs;
    private final RecordingOptions options;
    private final List<LeftOpen> kinds;
    private final Predicate<String> isOurs;
    private final Map<BlobKey, Seen> seen = new HashMap<>();
    private final Set<BlobKey> warned = new HashSet<>();
    private final Thread thread;
    private volatile boolean closed;

    /// @param isOurs whether this process is busy with a recording (its id)
    OrphanWatch(
            BlobStore blobs,
            RecordingOptions options,
            List<LeftOpen> kinds,
            Predicate<String> isOurs) {
        this.blobs = blobs;
        this.options = options;
        this.kinds = List.copyOf(kinds);
        this.isOurs = isOurs;
        // Storage that hangs takes the thread that asks; a virtual one would take its carrier
        // along.
        thread = Thread.ofPlatform().daemon().name("recording-watch").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    private void run() {
        Duration pause = options.orphans().after().dividedBy(5);
        try {
            while (!closed) {
                Thread.sleep(pause);
                look();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void look() {
        for (LeftOpen kind : kinds) {
            List<BlobKey> markers;
            try {
                markers = blobs.list(kind.markers());
                if (!markers.isEmpty() && blobs.localPath(markers.getFirst()).isEmpty()) {
                    markers = blobs.list(kind.markers().child(options.node()));
                }
            } catch (IOException | RuntimeException e) {
                // Storage that was away says nothing about nodes: everybody gets the whole time
                // again.
                log.warn("open recordings cannot be listed: {}", e.toString());
                seen.clear();
                return;
            }
            look(kind, Set.copyOf(markers));
        }
    }

    private void look(LeftOpen kind, Set<BlobKey> markers) {
        String folder = kind.markers().value() + '/';
        seen.keySet().removeIf(key -> key.value().startsWith(folder) && !markers.contains(key));
        warned.removeIf(key -> key.value().startsWith(folder) && !markers.contains(key));
        for (BlobKey marker : markers) {
            if (closed) {
                return;
            }
            if (isOurs.test(marker.name())) {
                seen.remove(marker);
                continue;
            }
            try {
                look(kind, marker);
            } catch (NoSuchFileException _) {
                seen.remove(marker); // handed over meanwhile
            } catch (IOException | RuntimeException e) {
                seen.remove(marker);
                if (warned.add(marker)) {
                    log.warn("recording {} cannot be looked at: {}", marker, e.toString());
                }
            }
        }
    }

    private void look(LeftOpen kind, BlobKey marker) throws IOException {
        long bytes = kind.grownBytes(marker);
        long now = System.nanoTime();
        Seen before = seen.get(marker);
        if (before == null || before.grownBytes() != bytes) {
            seen.put(marker, new Seen(bytes, now));
            return;
        }
        if (now - before.sinceNanos() < options.orphans().after().toNanos()) {
            return;
        }
        seen.remove(marker);
        log.info("recording {} has lost its node; finishing it", marker);
        kind.recover(marker);
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
    }
}
