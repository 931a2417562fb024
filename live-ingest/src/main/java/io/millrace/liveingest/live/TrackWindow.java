package io.millrace.liveingest.live;

import io.millrace.delivery.media.Timescale;
import io.millrace.delivery.media.TrackKind;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The newest segments of one track, in memory: what its media playlist lists, as many again for
/// players that are behind, and the segment that is being made.
///
/// Written on the stream's event loop; read by any thread through {@link #view}, an immutable
/// snapshot replaced with each fragment.
final class TrackWindow {
    /// Init segments that are kept; configurations change now and then, not all the time.
    private static final int MAX_INITS = 64;

    /// A rendition's clock may be so much before the others'.
    private static final long EARLY_MS = 200;

    private static final long SHORTEST_MS = 500;

    private final String id;
    private final TrackKind kind;
    private final LiveWindowOptions options;

    private final ArrayDeque<LiveSegment> segments = new ArrayDeque<>();
    private final Map<String, byte[]> inits = new HashMap<>();
    private final List<LiveFragment> open = new ArrayList<>();
    private LiveTrack track;
    private String initName = "";
    private byte @Nullable [] initBytes;
    private long segmentBytes;
    private long discontinuitySequence;
    private long previousFirst;
    private long discontinuityAt = -1;
    private long nextSequence;

    /// Where its media ends, or what is known to be missing, on the stream's time line; -1 before
    /// there is any.
    private long reachedMs = -1;

    /// Where the last segment ended on the leading track, and how long it was there.
    private long cutMs;

    private long cutLengthMs;
    private PartGap openGap = PartGap.NONE;
    private long peakBitsPerSecond;
    private long totalBits;
    private long totalMs;
    private boolean ended;
    private volatile View view;

    /// What can be served.
    ///
    /// @param kept all segments in memory, oldest first
    /// @param listedFrom index in `kept` of the first that playlists list
    /// @param openSequence number of the segment that is being made
    /// @param openGap what is missing before its first fragment
    /// @param open its fragments so far
    /// @param openDiscontinuity whether a discontinuity stands before it
    /// @param inits by name
    record View(
            LiveTrack track,
            List<LiveSegment> kept,
            int listedFrom,
            long openSequence,
            PartGap openGap,
            List<LiveFragment> open,
            String openInit,
            boolean openDiscontinuity,
            long discontinuitySequence,
            Map<String, byte[]> inits,
            long peakBitsPerSecond,
            long averageBitsPerSecond,
            boolean ended) {
        List<LiveSegment> listed() {
            return kept.subList(listedFrom, kept.size());
        }

        /// The same stream with other segments listed.
        View of(List<LiveSegment> segments, long discontinuitiesBefore) {
            return new View(
                    track,
                    segments,
                    0,
                    openSequence,
                    openGap,
                    open,
                    openInit,
                    openDiscontinuity,
                    discontinuitiesBefore,
                    inits,
                    peakBitsPerSecond,
                    averageBitsPerSecond,
                    ended);
        }

        /// By number; null when it is not kept, or not whole yet.
        @Nullable LiveSegment segment(long sequence) {
            if (kept.isEmpty()) {
                return null;
            }
            long at = sequence - kept.getFirst().sequence();
            return at >= 0 && at < kept.size() ? kept.get((int) at) : null;
        }

        /// The segment that runs at a time on the stream's line, also one that is soon to begin;
        /// null where nobody knows: there is no media, or none from then.
        SegmentGrid.@Nullable Place placeAt(long timeMs) {
            long before = discontinuitySequence;
            for (LiveSegment segment : listed()) {
                before += segment.discontinuity() ? 1 : 0;
            }
            long length = kept.isEmpty() ? 0 : kept.getLast().durationMs();
            long early = Math.min(EARLY_MS, length / 10);
            if (!open.isEmpty() || !kept.isEmpty()) {
                long start =
                        open.isEmpty()
                                ? kept.getLast().startMs() + length
                                : open.getFirst().startMs() - openGap.ms();
                if (timeMs + early >= start) {
                    return next(timeMs, start, length, early, before + (openDiscontinuity ? 1 : 0));
                }
            }
            for (LiveSegment segment : kept.reversed()) {
                if (timeMs + early >= segment.startMs()) {
                    return new SegmentGrid.Place(segment.sequence(), segment.startMs(), before);
                }
                before -= segment.discontinuity() ? 1 : 0;
            }
            return null;
        }

        /// The segment that is being made, or one that will be if this track goes on as it did.
        private SegmentGrid.Place next(
                long timeMs, long start, long length, long early, long discontinuities) {
            long reached =
                    open.isEmpty() ? start : open.getLast().startMs() + open.getLast().durationMs();
            if (length < SHORTEST_MS || timeMs > reached + 2 * length) {
                return new SegmentGrid.Place(
                        openSequence, Math.min(start, timeMs), discontinuities);
            }
            long ahead = (timeMs + early - start) / length;
            return new SegmentGrid.Place(
                    openSequence + ahead, start + ahead * length, discontinuities);
        }

        /// How many parts the segment that is being made has so far, with those that are missing.
        int openParts() {
            return openGap.parts() + open.size();
        }

        /// By number and place; null when it is not kept, not there yet, or missing.
        @Nullable LiveFragment part(long sequence, int part) {
            LiveSegment whole = segment(sequence);
            List<LiveFragment> fragments =
                    whole != null ? whole.fragments() : sequence == openSequence ? open : List.of();
            int at = part - (whole != null ? whole.gap() : openGap).parts();
            return at >= 0 && at < fragments.size() ? fragments.get(at) : null;
        }
    }

    /// @param id the name of its playlist, like `v1`
    /// @param firstSequence number of its first segment
    TrackWindow(String id, LiveTrack track, long firstSequence, LiveWindowOptions options) {
        this.id = id;
        this.kind = track.kind();
        this.track = track;
        this.options = options;
        this.nextSequence = firstSequence;
        this.view =
                new View(
                        track,
                        List.of(),
                        0,
                        firstSequence,
                        PartGap.NONE,
                        List.of(),
                        "",
                        false,
                        0,
                        Map.of(),
                        0,
                        0,
                        false);
    }

    String id() {
        return id;
    }

    TrackKind kind() {
        return kind;
    }

    View view() {
        return view;
    }

    void track(LiveTrack next) {
        track = next;
        byte[] init = LiveTrack.init(List.of(next));
        if (!Arrays.equals(initBytes, init)) {
            initBytes = init;
            initName = LivePlaylists.initName(id, nextSequence);
            inits.put(initName, init);
        }
        publish();
    }

    /// Before its first fragment.
    void begins(SegmentGrid.Place place) {
        if (segments.isEmpty() && open.isEmpty()) {
            nextSequence = place.segment();
            discontinuitySequence = place.discontinuities();
            discontinuityAt = -1;
            previousFirst = 0;
            publish();
        }
    }

    void discontinuity(long segment) {
        discontinuityAt = segment;
    }

    void fragment(LiveFragment fragment) {
        if (open.isEmpty()) {
            // Who makes the segments as long as the last one keeps it within the longest.
            long rest = Math.max(0, cutLengthMs - (fragment.startMs() - cutMs));
            long missing = goesOn() ? fragment.startMs() - reachedMs : 0;
            openGap =
                    missing <= options.longestPartMs()
                            ? PartGap.NONE
                            : gap(Math.min(missing, options.maxSegment().toMillis() - rest));
        }
        open.add(fragment);
        publish();
    }

    /// Whether the segment that is being made is to go on where the last one ended.
    private boolean goesOn() {
        return reachedMs >= 0 && discontinuityAt != nextSequence;
    }

    private PartGap gap(long ms) {
        return PartGap.of(ms, options.longestPartMs());
    }

    LiveSegment segmentEnd(long sequence, long startMs, long endMs, WallTime wall) {
        // Nothing stands before the very first segment that it could be discontinuous with.
        boolean discontinuity = discontinuityAt == sequence && totalMs > 0;
        LiveSegment segment =
                open.isEmpty()
                        ? hole(sequence, startMs, endMs, wall, discontinuity)
                        : whole(sequence, wall, discontinuity);
        reachedMs = open.isEmpty() ? endMs : open.getLast().startMs() + open.getLast().durationMs();
        cutMs = endMs;
        cutLengthMs = endMs - startMs;
        openGap = PartGap.NONE;
        open.clear();
        nextSequence = sequence + 1;
        segments.add(segment);
        segmentBytes += segment.sizeBytes();
        totalBits += segment.sizeBytes() * 8;
        totalMs += segment.durationMs();
        if (segment.durationMs() >= 500) {
            peakBitsPerSecond = Math.max(peakBitsPerSecond, segment.bitsPerSecond());
        }
        trim();
        publish();
        return segment;
    }

    private LiveSegment whole(long sequence, WallTime wall, boolean discontinuity) {
        long bytes = 0;
        long duration = openGap.ms();
        for (LiveFragment fragment : open) {
            bytes += fragment.bytes().length;
            duration += fragment.durationMs();
        }
        LiveFragment first = open.getFirst();
        return new LiveSegment(
                sequence,
                track,
                List.copyOf(open),
                first.startTicks(),
                open.getLast().startTicks() + open.getLast().durationTicks(),
                first.startMs(),
                openGap.isNone() ? duration : Math.min(duration, options.maxSegment().toMillis()),
                bytes,
                first.independent(),
                openGap.isNone() ? first.startedAt() : wall.at(first.startMs() - openGap.ms()),
                initName,
                openGap,
                discontinuity);
    }

    /// A segment of which nothing came. It begins where the one before it ended, so that their
    /// lengths add up.
    private LiveSegment hole(
            long sequence, long startMs, long endMs, WallTime wall, boolean discontinuity) {
        long from =
                goesOn()
                        ? Math.clamp(
                                reachedMs,
                                Math.min(startMs, endMs - options.maxSegment().toMillis()),
                                endMs - 1)
                        : startMs;
        return new LiveSegment(
                sequence,
                track,
                List.of(),
                ticks(from),
                ticks(endMs),
                from,
                endMs - from,
                0,
                false,
                wall.at(from),
                initName,
                gap(endMs - from),
                discontinuity);
    }

    private long ticks(long ms) {
        return Timescale.rescale(ms, Timescale.MILLISECONDS, track.timescale());
    }

    private void trim() {
        while (segments.size() > 2 * options.segments()
                || (segmentBytes > options.maxBytes() && segments.size() > 3)
                || (inits.size() > MAX_INITS && segments.size() > 1)) {
            LiveSegment gone = segments.remove();
            segmentBytes -= gone.sizeBytes();
            if (segments.stream().noneMatch(s -> s.initName().equals(gone.initName()))
                    && !gone.initName().equals(initName)) {
                inits.remove(gone.initName());
            }
        }
    }

    void interrupted() {
        open.clear();
        openGap = PartGap.NONE;
        publish();
    }

    void ended() {
        ended = true;
        open.clear();
        publish();
    }

    private void publish() {
        List<LiveSegment> kept = List.copyOf(segments);
        int listedFrom = Math.max(0, kept.size() - options.segments());
        // Of a discontinuity that leaves the list, the number stays.
        long first = listedFrom < kept.size() ? kept.get(listedFrom).sequence() : nextSequence;
        if (previousFirst != 0 && first != previousFirst) {
            for (LiveSegment segment : kept) {
                if (segment.discontinuity()
                        && segment.sequence() >= previousFirst
                        && segment.sequence() < first) {
                    discontinuitySequence++;
                }
            }
        }
        previousFirst = first;
        view =
                new View(
                        track,
                        kept,
                        listedFrom,
                        nextSequence,
                        openGap,
                        List.copyOf(open),
                        initName,
                        discontinuityAt == nextSequence && totalMs > 0,
                        discontinuitySequence,
                        Map.copyOf(inits),
                        peakBitsPerSecond,
                        totalMs == 0 ? 0 : totalBits * 1000 / totalMs,
                        ended);
    }
}
