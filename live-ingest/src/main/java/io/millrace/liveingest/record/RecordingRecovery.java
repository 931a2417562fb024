package io.millrace.liveingest.record;

import io.millrace.delivery.isobmff.FragmentedFileScanner;
import io.millrace.liveingest.record.RecordingJournal.Fragment;
import io.millrace.liveingest.record.RecordingJournal.RecordedFile;
import io.millrace.liveingest.record.RecordingJournal.Totals;
import io.millrace.storage.blob.AppendBlob;
import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.BlobReader;
import io.millrace.storage.blob.BlobStore;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Finishes what an earlier run of this node, or another node that is gone, left open: cuts each
/// file back to its last whole fragment, writes the journal's last line, and has the recording
/// handed over.
final class RecordingRecovery extends LeftOpen {
    private static final Logger log = LoggerFactory.getLogger(RecordingRecovery.class);

    RecordingRecovery(BlobStore blobs, RecordingHandover handover) {
        super(blobs, handover, RecordingKeys.OPEN);
    }

    @Override
    long grownBytes(BlobKey marker) throws IOException {
        BlobKey journal = journal(marker);
        return journal == null ? -1 : bytes(journal);
    }

    /// The journal of a recording; null where its marker is torn, which it is where nothing was
    /// recorded yet.
    private @Nullable BlobKey journal(BlobKey marker) throws IOException {
        String text = RecordingJournal.readText(blobs, marker);
        return text.endsWith('/' + RecordingJournal.NAME)
                        && text.split("/").length == 5
                        && BlobKey.isValid(text)
                ? BlobKey.of(text)
                : null;
    }

    @Override
    void recover(BlobKey marker) throws IOException {
        BlobKey journalKey = journal(marker);
        if (journalKey == null) {
            log.info("recording {} had not begun; its marker is removed", marker.name());
            blobs.delete(marker);
            return;
        }
        String[] path = journalKey.value().split("/");
        BlobKey folder = RecordingKeys.folder(path[2], path[3]);
        RecordingJournal journal = read(journalKey);
        if (journal != null && journal.handedOver()) {
            blobs.delete(marker);
            return;
        }
        String partnerId = journal == null ? "" : journal.partnerId();
        Instant startedAt = journal == null ? Instant.EPOCH : journal.startedAt();
        List<BlobKey> files = new ArrayList<>();
        long durationMs = 0;
        long sizeBytes = 0;
        for (Map.Entry<BlobKey, Long> whole : wholeFiles(folder, journal).entrySet()) {
            BlobKey file = whole.getKey();
            files.add(file);
            sizeBytes += whole.getValue();
            durationMs += duration(journal, file.name(), whole.getValue());
            if (startedAt.equals(Instant.EPOCH)) {
                startedAt = blobs.stat(file).map(info -> info.lastModified()).orElse(startedAt);
            }
        }
        if (files.isEmpty()) {
            log.info("live {}: recording {} had nothing whole; removed", path[2], path[3]);
            blobs.delete(journalKey);
            blobs.delete(marker);
            return;
        }
        Totals known = journal == null ? null : journal.totals();
        if (known == null) {
            RecordingJournal.append(
                    blobs, journalKey, RecordingJournal.finalLine(durationMs, sizeBytes));
            RecordingPoint.CUT_LISTED.reached();
            log.info(
                    "live {}: recording {} recovered: {} ms, {} bytes, {} file(s)",
                    path[2],
                    path[3],
                    durationMs,
                    sizeBytes,
                    files.size());
        }
        handover.handOver(
                new RecordingFinished(
                        path[2],
                        partnerId,
                        path[3],
                        files,
                        files.stream().map(file -> layout(journal, file.name())).toList(),
                        known == null ? durationMs : known.durationMs(),
                        sizeBytes,
                        startedAt,
                        known == null),
                marker);
    }

    /// What a run of this node left open in the middle and a publisher may go on with; null where
    /// it was ended, has nothing whole, or stood still for longer than `newerThan`.
    @Nullable LeftRecording left(BlobKey marker, Duration newerThan) throws IOException {
        BlobKey journalKey = journal(marker);
        RecordingJournal journal = journalKey == null ? null : read(journalKey);
        Instant oldest = Instant.now().minus(newerThan);
        if (journalKey == null
                || journal == null
                || journal.totals() != null
                || journal.handedOver()
                || blobs.stat(journalKey).orElseThrow().lastModified().isBefore(oldest)) {
            return null;
        }
        String[] path = journalKey.value().split("/");
        BlobKey folder = RecordingKeys.folder(path[2], path[3]);
        List<BlobKey> files = new ArrayList<>();
        Map<BlobKey, Integer> layouts = new HashMap<>();
        long durationMs = 0;
        long endMs = 0;
        long earlierBytes = 0;
        long lastBytes = 0;
        for (Map.Entry<BlobKey, Long> whole : wholeFiles(folder, journal).entrySet()) {
            BlobKey file = whole.getKey();
            files.add(file);
            layouts.put(file, layout(journal, file.name()));
            earlierBytes += lastBytes;
            lastBytes = whole.getValue();
            durationMs += duration(journal, file.name(), lastBytes);
            endMs = Math.max(endMs, end(journal, file.name(), lastBytes));
        }
        if (files.isEmpty()) {
            return null;
        }
        BlobKey last = files.getLast();
        int initBytes =
                journal.files().stream()
                        .filter(file -> file.name().equals(last.name()))
                        .mapToInt(RecordedFile::initBytes)
                        .findFirst()
                        .orElse(0);
        if (initBytes <= 0 || initBytes > lastBytes) {
            return null;
        }
        ByteBuffer init = ByteBuffer.allocate(initBytes);
        try (BlobReader reader = blobs.open(last)) {
            while (init.hasRemaining() && reader.read(init, init.position()) >= 0) {
                // Until it is all there.
            }
        }
        return new LeftRecording(
                marker,
                new RecordingStarted(
                        path[2],
                        journal.partnerId(),
                        path[3],
                        files.getFirst(),
                        journal.startedAt(),
                        false),
                files,
                layouts,
                journal.files().size(),
                init.array(),
                lastBytes,
                earlierBytes,
                durationMs,
                endMs);
    }

    private @Nullable RecordingJournal read(BlobKey journalKey) throws IOException {
        try {
            return RecordingJournal.parse(RecordingJournal.readText(blobs, journalKey));
        } catch (NoSuchFileException _) {
            return null;
        }
    }

    /// The media files that have anything whole, cut back to that, by how long they are then; in
    /// order. The others are removed.
    private Map<BlobKey, Long> wholeFiles(BlobKey folder, @Nullable RecordingJournal journal)
            throws IOException {
        Map<BlobKey, Long> files = new LinkedHashMap<>();
        for (BlobKey file : mediaFiles(folder, journal)) {
            FragmentedFileScanner.Extent extent = cut(file);
            if (extent.fragments() == 0) {
                blobs.delete(file);
            } else {
                files.put(file, extent.wholeBytes());
            }
        }
        return files;
    }

    /// As the journal lists them; those the folder has, where there is no journal.
    private List<BlobKey> mediaFiles(BlobKey folder, @Nullable RecordingJournal journal)
            throws IOException {
        List<BlobKey> files = new ArrayList<>();
        if (journal != null) {
            for (RecordedFile file : journal.files()) {
                BlobKey key = folder.child(file.name());
                if (blobs.stat(key).isPresent() && !files.contains(key)) {
                    files.add(key);
                }
            }
        } else {
            for (int number = 1; ; number++) {
                BlobKey key = folder.child(RecordingKeys.fileName(number));
                if (blobs.stat(key).isEmpty()) {
                    break;
                }
                files.add(key);
            }
        }
        return files;
    }

    private FragmentedFileScanner.Extent cut(BlobKey file) throws IOException {
        FragmentedFileScanner.Extent extent;
        long size;
        try (BlobReader reader = blobs.open(file)) {
            extent = FragmentedFileScanner.scan(reader);
            size = reader.info().sizeBytes();
        }
        if (extent.wholeBytes() < size) {
            try (AppendBlob tail = blobs.append(file)) {
                tail.truncate(extent.wholeBytes());
                tail.sync();
            }
            RecordingPoint.CUT.reached();
            log.info("{}: torn tail of {} bytes cut off", file, size - extent.wholeBytes());
        }
        return extent;
    }

    private static int layout(@Nullable RecordingJournal journal, String fileName) {
        return journal == null
                ? 0
                : journal.files().stream()
                        .filter(file -> file.name().equals(fileName))
                        .mapToInt(RecordedFile::initHash)
                        .findFirst()
                        .orElse(0);
    }

    private static long duration(
            @Nullable RecordingJournal journal, String fileName, long wholeBytes) {
        return whole(journal, fileName, wholeBytes)
                .filter(Fragment::leading)
                .mapToLong(Fragment::durationMs)
                .sum();
    }

    /// Where on the stream's time line its whole fragments end.
    private static long end(RecordingJournal journal, String fileName, long wholeBytes) {
        return whole(journal, fileName, wholeBytes)
                .mapToLong(fragment -> fragment.startMs() + fragment.durationMs())
                .max()
                .orElse(0);
    }

    private static Stream<Fragment> whole(
            @Nullable RecordingJournal journal, String fileName, long wholeBytes) {
        return journal == null
                ? Stream.empty()
                : journal.files().stream()
                        .filter(file -> file.name().equals(fileName))
                        .flatMap(file -> file.fragments().stream())
                        .filter(fragment -> fragment.isWithin(wholeBytes));
    }
}
