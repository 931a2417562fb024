package io.millrace.liveingest.record;

import io.millrace.storage.blob.AppendBlob;
import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.BlobReader;
import io.millrace.storage.blob.BlobStore;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;

/// The sidecar of a recording: lines of UTF-8, only ever appended, each ended by LF. A last line
/// without LF is torn and does not count.
///
///     recording {recordingId} {entryId} {partnerId or -} {node} {start, ISO 8601}
///     file {name} {init segment's hash} {init segment's bytes}
///     fragment {offset} {bytes} {start ms} {duration ms} {key, - or beside}
///     resumed {bytes of the last file}
///     discontinuity
///     alive
///     final {duration ms} {bytes of all files}
///     handed-over
///
/// A fragment's line is written before its bytes, so after a kill every whole fragment has a line;
/// which fragments are whole is the file's word; where a recording goes on after that, `resumed` says
/// it. `beside` are fragments that lie beside the leading track's and add no time. `alive` is written where nothing else is, so that
/// a journal that stands still tells of a node that is gone. `handed-over` is written only after the platform
/// accepted.
record RecordingJournal(
        String recordingId,
        String entryId,
        String partnerId,
        Instant startedAt,
        List<RecordedFile> files,
        @Nullable Totals totals,
        boolean handedOver) {
    static final String NAME = "journal.txt";

    /// A day has some 25 MB.
    private static final int MAX_BYTES = 1 << 30;

    /// @param fragments in order
    record RecordedFile(String name, int initHash, int initBytes, List<Fragment> fragments) {}

    /// @param leading whether its time counts as the recording's
    record Fragment(long offset, int length, long startMs, long durationMs, boolean leading) {
        boolean isWithin(long bytes) {
            return offset + length <= bytes;
        }
    }

    record Totals(long durationMs, long sizeBytes) {}

    static String openingLine(RecordingStarted recording, String node) {
        return "recording "
                + recording.recordingId()
                + ' '
                + recording.entryId()
                + ' '
                + (recording.partnerId().isEmpty() ? "-" : recording.partnerId())
                + ' '
                + node
                + ' '
                + recording.startedAt()
                + '\n';
    }

    static String fileLine(String name, byte[] init) {
        return "file "
                + name
                + ' '
                + Integer.toHexString(Arrays.hashCode(init))
                + ' '
                + init.length
                + '\n';
    }

    static String fragmentLine(
            long offset, int length, long startMs, long durationMs, boolean leading, boolean key) {
        return "fragment "
                + offset
                + ' '
                + length
                + ' '
                + startMs
                + ' '
                + durationMs
                + (leading ? key ? " key\n" : " -\n" : " beside\n");
    }

    static String finalLine(long durationMs, long sizeBytes) {
        return "final " + durationMs + ' ' + sizeBytes + '\n';
    }

    static String resumedLine(long wholeBytes) {
        return "resumed " + wholeBytes + '\n';
    }

    static final String DISCONTINUITY_LINE = "discontinuity\n";
    static final String ALIVE_LINE = "alive\n";
    static final String HANDED_OVER_LINE = "handed-over\n";

    static void append(AppendBlob journal, String line) throws IOException {
        journal.append(ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8)));
    }

    /// Appends one line durably to a journal nobody else writes.
    static void append(BlobStore blobs, BlobKey key, String line) throws IOException {
        try (AppendBlob journal = blobs.append(key)) {
            append(journal, line);
            journal.sync();
        }
    }

    static String readText(BlobStore blobs, BlobKey key) throws IOException {
        try (BlobReader reader = blobs.open(key)) {
            long size = reader.info().sizeBytes();
            if (size > MAX_BYTES) {
                throw new IOException(
                        key + ": " + size + " bytes (expected: <= " + MAX_BYTES + ")");
            }
            ByteBuffer text = ByteBuffer.allocate((int) size);
            long position = 0;
            while (text.hasRemaining()) {
                int read = reader.read(text, position);
                if (read < 0) {
                    break;
                }
                position += read;
            }
            return new String(text.array(), 0, text.position(), StandardCharsets.UTF_8);
        }
    }

    /// What a journal says; null when not even its first line is whole. Lines that cannot be read
    /// are skipped: a journal is a help, the files are the truth.
    static @Nullable RecordingJournal parse(String text) {
        String recordingId = null;
        String entryId = "";
        String partnerId = "";
        Instant startedAt = Instant.EPOCH;
        List<RecordedFile> files = new ArrayList<>();
        Totals totals = null;
        boolean handedOver = false;
        int start = 0;
        for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
            String[] field = text.substring(start, end).split(" ");
            start = end + 1;
            try {
                switch (field[0]) {
                    case "recording" -> {
                        recordingId = field[1];
                        entryId = field[2];
                        partnerId = field[3].equals("-") ? "" : field[3];
                        startedAt = Instant.parse(field[5]);
                    }
                    case "file" ->
                            files.add(
                                    new RecordedFile(
                                            field[1],
                                            Integer.parseUnsignedInt(field[2], 16),
                                            Integer.parseInt(field[3]),
                                            new ArrayList<>()));
                    case "fragment" ->
                            files.getLast()
                                    .fragments()
                                    .add(
                                            new Fragment(
                                                    Long.parseLong(field[1]),
                                                    Integer.parseInt(field[2]),
                                                    Long.parseLong(field[3]),
                                                    Long.parseLong(field[4]),
                                                    !"beside".equals(field[5])));
                    case "resumed" -> {
                        long whole = Long.parseLong(field[1]);
                        files.getLast().fragments().removeIf(part -> !part.isWithin(whole));
                    }
                    case "final" ->
                            totals = new Totals(Long.parseLong(field[1]), Long.parseLong(field[2]));
                    case "handed-over" -> handedOver = true;
                    default -> {}
                }
            } catch (RuntimeException e) {
                boolean damaged =
                        e instanceof IllegalArgumentException
                                || e instanceof IndexOutOfBoundsException
                                || e instanceof NoSuchElementException
                                || e instanceof DateTimeException;
                if (!damaged) {
                    throw e;
                }
            }
        }
        return recordingId == null
                ? null
                : new RecordingJournal(
                        recordingId, entryId, partnerId, startedAt, files, totals, handedOver);
    }
}
