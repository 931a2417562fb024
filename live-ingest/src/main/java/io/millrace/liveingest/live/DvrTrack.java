package io.millrace.liveingest.live;

import io.millrace.delivery.http.PreparedReply;
import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.BlobStore;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// One track's part of a {@link DvrWindow}: its segments as far back as players may go and a minute
/// more, for those who are at its begin. Some 350 bytes for each. Thread-safe.
final class DvrTrack {
    private static final long SPARE_MS = 60_000;

    /// No stream has so short segments all the time.
    private static final long SHORTEST_MS = 500;

    private static final int MAX_INITS = 256;

    /// Where a segment's media lies.
    ///
    /// @param ranges offset and length, one after the other
    record Place(LiveSegment segment, BlobStore blobs, BlobKey file, long[] ranges) {}

    private static final class Entry {
        /// Null until it is whole.
        private @Nullable LiveSegment segment;

        private int fragments;
        private long discontinuitiesBefore;

        private @Nullable BlobKey file;
        private long[] ranges = {};
        private int written;
        private boolean spoilt;

        void written(LiveFragment fragment, BlobKey where, long offset) {
            if (file == null) {
                file = where;
            }
            // The recorder lost one, or began another file.
            spoilt |= fragment.part() != written || !file.equals(where);
            written++;
            int length = fragment.bytes().length;
            int last = ranges.length - 2;
            if (last >= 0 && ranges[last] + ranges[last + 1] == offset) {
                ranges[last + 1] += length;
            } else {
                ranges = Arrays.copyOf(ranges, ranges.length + 2);
                ranges[last + 2] = offset;
                ranges[last + 3] = length;
            }
        }

        boolean isRecorded() {
            return !spoilt && file != null && written == fragments;
        }
    }

    private final long lengthMs;
    private final BlobStore blobs;
    private final TreeMap<Long, Entry> entries = new TreeMap<>();
    private final Map<String, byte[]> inits = new HashMap<>();

    /// Of the segments that are whole.
    private long totalMs;

    private long newest = -1;
    private long discontinuities;

    private final Object making = new Object();
    private long wholeUpTo = -1;
    private boolean wholeEnded;
    private @Nullable PreparedReply whole;

    DvrTrack(Duration length, BlobStore blobs) {
        lengthMs = length.toMillis();
        this.blobs = blobs;
    }

    /// Before the first segment: how many discontinuities there were.
    synchronized void begins(long before) {
        if (entries.isEmpty() && newest < 0) {
            discontinuities = before;
        }
    }

    /// A segment is whole.
    ///
    /// @param init what it needs
    synchronized void add(LiveSegment segment, byte[] init) {
        long sequence = segment.sequence();
        if (newest >= 0 && sequence != newest + 1) {
            // The track was away. Numbers in a playlist have no holes: its past is gone.
            entries.headMap(sequence).clear();
            inits.clear();
            totalMs = 0;
        }
        Entry entry = entries.computeIfAbsent(sequence, _ -> new Entry());
        entry.segment = segment.withoutMedia();
        entry.fragments = segment.fragments().size();
        entry.discontinuitiesBefore = discontinuities;
        discontinuities += segment.discontinuity() ? 1 : 0;
        inits.put(segment.initName(), init);
        totalMs += segment.durationMs();
        newest = sequence;
        trim();
    }

    private void trim() {
        long most = lengthMs + SPARE_MS;
        while (entries.size() > 1
                && (totalMs - lengthOf(entries.firstEntry().getValue()) >= most
                        || entries.size() > most / SHORTEST_MS
                        || inits.size() > MAX_INITS)) {
            forgetFirst();
        }
    }

    private void forgetFirst() {
        Entry gone = entries.pollFirstEntry().getValue();
        totalMs -= lengthOf(gone);
        LiveSegment segment = gone.segment;
        if (entries.isEmpty()) {
            inits.clear();
        }
        if (segment == null || entries.isEmpty()) {
            return;
        }
        LiveSegment oldest = entries.firstEntry().getValue().segment;
        if (oldest == null || !oldest.initName().equals(segment.initName())) {
            inits.remove(segment.initName());
        }
    }

    synchronized void forgetBefore(long segment) {
        while (!entries.isEmpty() && entries.firstKey() < segment) {
            forgetFirst();
        }
    }

    /// The newest segment that is whole; -1 before there is one.
    synchronized long newest() {
        return newest;
    }

    /// The oldest that there is something of; {@link Long#MIN_VALUE} when there is nothing.
    synchronized long oldest() {
        return entries.isEmpty() ? Long.MIN_VALUE : entries.firstKey();
    }

    private static long lengthOf(Entry entry) {
        return entry.segment == null ? 0 : entry.segment.durationMs();
    }

    synchronized void recorded(LiveFragment fragment, BlobKey file, long offset) {
        long sequence = fragment.segment();
        Entry entry = entries.get(sequence);
        if (entry == null) {
            if (sequence <= newest) {
                return; // gone already
            }
            entry = new Entry();
            entries.put(sequence, entry);
        }
        entry.written(fragment, file, offset);
    }

    /// What playlists of the whole window list: the past, and what is in memory.
    synchronized TrackWindow.View view(TrackWindow.View memory) {
        List<LiveSegment> listed = new ArrayList<>(entries.size());
        long lengthLeft = lengthMs;
        long before = 0;
        for (Entry entry : entries.headMap(memory.openSequence(), false).descendingMap().values()) {
            LiveSegment segment = entry.segment;
            if (segment == null || lengthLeft <= 0) {
                break;
            }
            LiveSegment inMemory = memory.segment(segment.sequence());
            listed.add(
                    inMemory != null
                            ? inMemory
                            : entry.isRecorded() || segment.isGap() ? segment : segment.lost());
            lengthLeft -= segment.durationMs();
            before = entry.discontinuitiesBefore;
        }
        return listed.size() < memory.listed().size()
                ? memory
                : memory.of(listed.reversed(), before);
    }

    /// Where a segment lies; null when it is not recorded, or gone.
    synchronized @Nullable Place place(long sequence) {
        return placeOf(entries.get(sequence));
    }

    private @Nullable Place placeOf(@Nullable Entry entry) {
        if (entry == null) {
            return null;
        }
        LiveSegment segment = entry.segment;
        BlobKey file = entry.file;
        return segment == null || file == null || !entry.isRecorded()
                ? null
                : new Place(segment, blobs, file, entry.ranges);
    }

    /// The same by where it starts.
    synchronized @Nullable Place placeAt(long ticks, long tolerance) {
        Entry nearest = null;
        long distance = tolerance;
        for (Entry entry : entries.values()) {
            LiveSegment segment = entry.segment;
            if (segment == null || segment.startTicks() > ticks + tolerance) {
                break;
            }
            if (!segment.isGap() && Math.abs(segment.startTicks() - ticks) <= distance) {
                distance = Math.abs(segment.startTicks() - ticks);
                nearest = entry;
            }
        }
        return placeOf(nearest);
    }

    synchronized byte @Nullable [] init(String name) {
        return inits.get(name);
    }

    /// Where its oldest segment starts on the stream's time line.
    synchronized long oldestMs() {
        for (Entry entry : entries.values()) {
            if (entry.segment != null) {
                return entry.segment.startMs();
            }
        }
        return Long.MAX_VALUE;
    }

    /// The whole playlist, as it is asked for first. It is long, so it is made once a segment and
    /// not once a part: who wants to be at the edge asks for the rest by a delta.
    PreparedReply whole(TrackState state) {
        synchronized (making) {
            PreparedReply made = whole;
            TrackWindow.View view = state.view();
            if (made == null || wholeUpTo != view.openSequence() || wholeEnded != view.ended()) {
                made = state.playlist(false, false, this);
                whole = made;
                wholeUpTo = view.openSequence();
                wholeEnded = view.ended();
            }
            return made;
        }
    }
}
