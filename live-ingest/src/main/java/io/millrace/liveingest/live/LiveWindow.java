package io.millrace.liveingest.live;

import io.millrace.delivery.http.HttpReply;
import io.millrace.delivery.http.PreparedReply;
import io.millrace.liveingest.live.LivePlaylists.Rendered;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/// The newest segments of one stream, in memory, and the playlists that name them.
///
/// Written on the stream's event loop; read by any thread through {@link #view}, an immutable
/// snapshot replaced with each segment. Segments that left the playlist stay as long again, as
/// players that are behind still fetch them; all of it within a bound of bytes.
public final class LiveWindow implements LiveOutput {
    private final String entryId;
    private final int windowSegments;
    private final long maxBytes;
    private final int targetDurationSeconds;
    private final Runnable onPlayable;
    private final Consumer<LiveWindow> onEnded;

    private final ArrayDeque<LiveSegment> segments = new ArrayDeque<>();
    private final Map<String, byte[]> inits = new HashMap<>();
    private long segmentBytes;
    private long nextSequence;
    private long discontinuitySequence;
    private long previousFirst;
    private @Nullable String initName;
    private byte @Nullable [] initBytes;
    private List<LiveTrack> tracks = List.of();
    private final List<LivePart> openParts = new ArrayList<>();
    private boolean discontinuityPending;
    private long peakBitsPerSecond;
    private long totalBits;
    private long totalMs;
    private boolean ended;

    private volatile View view = View.EMPTY;
    private final CompletableFuture<Void> playable = new CompletableFuture<>();

    /// What can be served.
    ///
    /// @param segments by name
    /// @param inits by name
    record View(
            @Nullable PreparedReply master,
            @Nullable PreparedReply media,
            Map<String, LiveSegment> segments,
            Map<String, PreparedReply> inits,
            boolean ended) {
        static final View EMPTY = new View(null, null, Map.of(), Map.of(), false);
    }

    /// @param firstSequence media sequence number of the first segment; above every number that
    ///   this entry ever had, or players would see it go back
    /// @param onPlayable called once, on the stream's loop, when the first segment can be fetched
    /// @param onEnded called once, on the stream's loop
    public LiveWindow(
            String entryId,
            long firstSequence,
            int windowSegments,
            long maxBytes,
            int targetDurationSeconds,
            Runnable onPlayable,
            Consumer<LiveWindow> onEnded) {
        this.entryId = entryId;
        this.nextSequence = Math.max(1, firstSequence);
        this.windowSegments = windowSegments;
        this.maxBytes = maxBytes;
        this.targetDurationSeconds = targetDurationSeconds;
        this.onPlayable = onPlayable;
        this.onEnded = onEnded;
    }

    public String entryId() {
        return entryId;
    }

    /// Thread-safe, as good as exact: the number a successor may start with.
    long sequenceAfter() {
        return view.segments().values().stream().mapToLong(LiveSegment::sequence).max().orElse(0)
                + 1;
    }

    View view() {
        return view;
    }

    int targetDurationSeconds() {
        return targetDurationSeconds;
    }

    /// Completed with the first segment, or with the end of a stream that had none. Callers take a
    /// copy if they add time limits.
    CompletionStage<Void> playable() {
        return playable.copy();
    }

    @Override
    public void tracks(List<LiveTrack> newTracks, byte[] init, boolean discontinuity) {
        discontinuityPending |= discontinuity;
        tracks = newTracks;
        if (initBytes == null || !Arrays.equals(initBytes, init)) {
            initBytes = init;
            initName = "init-" + nextSequence + ".mp4";
            inits.put(initName, init);
        }
    }

    @Override
    public void part(LivePart part) {
        openParts.add(part);
    }

    @Override
    public void discontinuity() {
        discontinuityPending = true;
    }

    @Override
    public void segmentEnd() {
        String init = initName;
        if (openParts.isEmpty() || init == null) {
            return;
        }
        long duration = 0;
        long bytes = 0;
        int frames = 0;
        List<byte[]> parts = new ArrayList<>(openParts.size());
        for (LivePart part : openParts) {
            duration += part.durationMs();
            bytes += part.bytes().length;
            frames += part.videoFrames();
            parts.add(part.bytes());
        }
        // Nothing stands before the very first segment that it could be discontinuous with.
        boolean discontinuity = discontinuityPending && totalMs > 0;
        var segment =
                new LiveSegment(
                        nextSequence++,
                        List.copyOf(parts),
                        duration,
                        bytes,
                        openParts.getFirst().startedAt(),
                        init,
                        discontinuity,
                        openParts.getFirst().independent(),
                        frames);
        openParts.clear();
        discontinuityPending = false;
        segments.add(segment);
        segmentBytes += bytes;
        totalBits += bytes * 8;
        totalMs += duration;
        if (duration >= 500) {
            peakBitsPerSecond = Math.max(peakBitsPerSecond, segment.bitsPerSecond());
        }
        trim();
        publish();
        if (playable.complete(null)) {
            onPlayable.run();
        }
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
    }

    private void publish() {
        List<LiveSegment> all = List.copyOf(segments);
        List<LiveSegment> listed =
                all.subList(Math.max(0, all.size() - windowSegments), all.size());
        // Of a discontinuity that leaves the list, the number stays.
        long listedFrom = listed.isEmpty() ? nextSequence : listed.getFirst().sequence();
        if (previousFirst != 0) {
            for (LiveSegment segment : all) {
                if (segment.discontinuity()
                        && segment.sequence() >= previousFirst
                        && segment.sequence() < listedFrom) {
                    discontinuitySequence++;
                }
            }
        }
        previousFirst = listedFrom;
        Map<String, LiveSegment> byName = new HashMap<>();
        all.forEach(segment -> byName.put(segment.name(), segment));
        Map<String, PreparedReply> initReplies = new HashMap<>();
        inits.forEach(
                (name, bytes) ->
                        initReplies.put(
                                name,
                                PreparedReply.of(
                                        HttpReply.bytes(200, "video/mp4", bytes)
                                                .cacheControl(
                                                        LiveHttpHandler.immutable(
                                                                targetDurationSeconds)))));
        Rendered rendered =
                LivePlaylists.render(
                        tracks,
                        listed,
                        targetDurationSeconds,
                        discontinuitySequence,
                        ended,
                        peakBitsPerSecond,
                        totalMs == 0 ? 0 : totalBits * 1000 / totalMs);
        view =
                new View(
                        rendered.master(),
                        rendered.media(),
                        Map.copyOf(byName),
                        Map.copyOf(initReplies),
                        ended);
    }

    @Override
    public void interrupted() {
        openParts.clear();
    }

    @Override
    public void ended() {
        ended = true;
        publish();
        playable.complete(null);
        onEnded.accept(this);
    }
}
