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

    private final String id;
    private final TrackKind kind;
    private final int windowSegments;
    private final long maxBytes;

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
    /// @param open its fragments so far
    /// @param openDiscontinuity whether a discontinuity stands before it
    /// @param inits by name
    record View(
            LiveTrack track,
            List<LiveSegment> kept,
            int listedFrom,
            long openSequence,
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

        /// By number and place; null when it is not kept, or not there yet.
        @Nullable LiveFragment part(long sequence, int part) {
            LiveSegment whole = segment(sequence);
            List<LiveFragment> fragments =
                    whole != null ? whole.fragments() : sequence == openSequence ? open : List.of();
            return part >= 0 && part < fragments.size() ? fragments.get(part) : null;
        }
    }

    /// @param id the name of its playlist, like `v1`
    /// @param firstSequence number of its first segment
    TrackWindow(String id, LiveTrack track, long firstSequence, int windowSegments, long maxBytes) {
        this.id = id;
        this.kind = track.kind();
        this.track = track;
        this.windowSegments = windowSegments;
        this.maxBytes = maxBytes;
        this.nextSequence = firstSequence;
        this.view =
                new View(
                        track,
                        List.of(),
                        0,
                        firstSequence,
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

    void discontinuity(long segment) {
        discontinuityAt = segment;
    }

    void fragment(LiveFragment fragment) {
        open.add(fragment);
        publish();
    }

    LiveSegment segmentEnd(long sequence, long startMs, long endMs, WallTime wall) {
        long bytes = 0;
        long duration = 0;
        for (LiveFragment fragment : open) {
            bytes += fragment.bytes().length;
            duration += fragment.durationMs();
        }
        // Nothing stands before the very first segment that it could be discontinuous with.
        boolean discontinuity = discontinuityAt == sequence && totalMs > 0;
        var segment =
                new LiveSegment(
                        sequence,
                        track,
                        List.copyOf(open),
                        open.isEmpty() ? ticks(startMs) : open.getFirst().startTicks(),
                        open.isEmpty()
                                ? ticks(endMs)
                                : open.getLast().startTicks() + open.getLast().durationTicks(),
                        open.isEmpty() ? startMs : open.getFirst().startMs(),
                        open.isEmpty() ? endMs - startMs : duration,
                        bytes,
                        !open.isEmpty() && open.getFirst().independent(),
                        open.isEmpty() ? wall.at(startMs) : open.getFirst().startedAt(),
                        initName,
                        discontinuity);
        open.clear();
        nextSequence = sequence + 1;
        segments.add(segment);
        segmentBytes += bytes;
        totalBits += bytes * 8;
        totalMs += segment.durationMs();
        if (segment.durationMs() >= 500) {
            peakBitsPerSecond = Math.max(peakBitsPerSecond, segment.bitsPerSecond());
        }
        trim();
        publish();
        return segment;
    }

    private long ticks(long ms) {
        return Timescale.rescale(ms, Timescale.MILLISECONDS, track.timescale());
    }

    private void trim() {
        while (segments.size() > 2 * windowSegments
                || (segmentBytes > maxBytes && segments.size() > 3)) {
            LiveSegment gone = segments.remove();
            segmentBytes -= gone.sizeBytes();
            if (segments.stream().noneMatch(s -> s.initName().equals(gone.initName()))
                    && !gone.initName().equals(initName)) {
                inits.remove(gone.initName());
            }
        }
        while (inits.size() > MAX_INITS) {
            inits.remove(segments.getFirst().initName());
        }
    }

    void interrupted() {
        open.clear();
        publish();
    }

    void ended() {
        ended = true;
        open.clear();
        publish();
    }

    private void publish() {
        List<LiveSegment> kept = List.copyOf(segments);
        int listedFrom = Math.max(0, kept.size() - windowSegments);
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
