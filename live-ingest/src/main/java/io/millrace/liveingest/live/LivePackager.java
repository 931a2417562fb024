package io.millrace.liveingest.live;

import io.millrace.delivery.codec.vp9.Vp9FrameHeader;
import io.millrace.delivery.failure.MediaException;
import io.millrace.liveingest.flv.FlvCodec;
import io.millrace.liveingest.stream.AccessUnit;
import io.millrace.liveingest.stream.LiveMetrics;
import io.millrace.liveingest.stream.StreamSubscriber;
import io.millrace.liveingest.stream.StreamTracks;
import io.millrace.liveingest.stream.StreamTracks.Configured;
import io.netty.buffer.ByteBufUtil;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/// A source's access units to CMAF chunks of one track each, and segments.
///
/// The leading track (video, or audio where there is none) decides where segments end: before the
/// first key frame at or after the segment target, and in any case before the segment passes the
/// maximum. The other track is cut at the same times, to its frame, whenever its samples arrive. A
/// part ends before it passes the part target. Its stream's event loop only.
public final class LivePackager implements StreamSubscriber {
    private static final Logger log = LoggerFactory.getLogger(LivePackager.class);
    private static final long NONE = Long.MIN_VALUE;

    /// A key frame this much before the target ends the segment too: clocks are in whole ms.
    private static final long KEY_FRAME_TOLERANCE_MS = 50;

    /// Frames of 1/24 s or 1/30 s do not come out even in ms.
    private static final long PART_TOLERANCE_MS = 1;

    /// A track that is so far behind the leading one does not hold up a segment.
    private static final long MAX_BEHIND_MS = 1000;

    private static final long MAX_PART_BYTES = 32 << 20;

    private final String name;
    private final long segmentTargetMs;
    private final long maxSegmentMs;
    private final long partTargetMs;
    private final WallTime wall;
    private final LiveMetrics metrics;
    private final List<LiveOutput> outputs;
    private final SegmentGrid grid;
    private @Nullable TrackCutter lead;
    private @Nullable TrackCutter follower;
    private boolean everStarted;
    private boolean everPlaced;

    /// The leading track's segment and, maybe behind it, the follower's.
    private long segment;

    private long followerSegment;
    private final ArrayDeque<Boundary> boundaries = new ArrayDeque<>();
    private long partStartMs = NONE;
    private long segmentStartMs = NONE;

    /// What a segment's length is counted from: its start, or that of the grid's.
    private long cutFromMs = NONE;

    private long lastLeadMs;
    private boolean jumpPending;
    private boolean warnedLongGop;
    private long sequenceNumber;

    /// Tracks of which the video's frames say how large they are, and the size last seen.
    private record Sizes(StreamTracks tracks, @Nullable Vp9FrameHeader header) {}

    private @Nullable Sizes sizes;

    /// Where the leading track ended a segment that the follower has not ended yet.
    private record Boundary(long startMs, long endMs) {}

    /// @param firstSegment number of the first segment
    /// @param wall wall clock of a stream time
    public LivePackager(
            String name,
            Duration segmentTarget,
            Duration maxSegment,
            Duration partTarget,
            long firstSegment,
            WallTime wall,
            LiveMetrics metrics,
            List<LiveOutput> outputs) {
        this(
                name,
                segmentTarget,
                maxSegment,
                partTarget,
                firstSegment,
                wall,
                metrics,
                outputs,
                SegmentGrid.NONE);
    }

    /// @param firstSegment number of the first segment, where the grid says nothing
    /// @param wall wall clock of a stream time
    /// @param grid what the first segment keeps to
    public LivePackager(
            String name,
            Duration segmentTarget,
            Duration maxSegment,
            Duration partTarget,
            long firstSegment,
            WallTime wall,
            LiveMetrics metrics,
            List<LiveOutput> outputs,
            SegmentGrid grid) {
        this.name = name;
        this.segmentTargetMs = segmentTarget.toMillis();
        this.maxSegmentMs = maxSegment.toMillis();
        this.partTargetMs = partTarget.toMillis();
        this.segment = firstSegment;
        this.followerSegment = firstSegment;
        this.wall = wall;
        this.metrics = metrics;
        this.outputs = List.copyOf(outputs);
        this.grid = grid;
    }

    @Override
    public void tracks(StreamTracks tracks, boolean discontinuity) {
        Configured video = tracks.video();
        sizes = null;
        if (video != null && video.codec() == FlvCodec.VP9) {
            // Its first key frame says how large it is, and so makes it known.
            finishSegment();
            release();
            lead = null;
            follower = null;
            sizes = new Sizes(tracks, null);
        } else {
            begin(tracks, null);
        }
    }

    /// A key frame of a codec whose frames alone say how large they are.
    private void size(Sizes known, AccessUnit unit) {
        byte[] start =
                ByteBufUtil.getBytes(
                        unit.data(),
                        unit.data().readerIndex(),
                        Math.min(Vp9FrameHeader.BYTES, unit.data().readableBytes()));
        try {
            Vp9FrameHeader header = Vp9FrameHeader.parse(start);
            if (!header.equals(known.header())) {
                sizes = new Sizes(known.tracks(), header);
                begin(known.tracks(), header);
            }
        } catch (MediaException e) {
            log.debug("live {}: {}", name, e.getMessage());
        }
    }

    private void begin(StreamTracks tracks, @Nullable Vp9FrameHeader header) {
        finishSegment();
        release();
        List<LiveTrack> usable = new ArrayList<>();
        TrackCutter video = cutter(tracks.video(), header, usable);
        TrackCutter audio = cutter(tracks.audio(), null, usable);
        lead = video != null ? video : audio;
        follower = video != null ? audio : null;
        if (usable.isEmpty()) {
            return;
        }
        boolean first = !everStarted;
        everStarted = true;
        jumpPending = false;
        for (LiveOutput output : outputs) {
            output.tracks(usable, !first);
        }
        if (!first) {
            outputs.forEach(output -> output.discontinuity(segment));
        }
    }

    private @Nullable TrackCutter cutter(
            @Nullable Configured configured,
            @Nullable Vp9FrameHeader header,
            List<LiveTrack> usable) {
        if (configured == null) {
            return null;
        }
        try {
            LiveTrack track =
                    header != null ? LiveTrack.vp9(configured, header) : LiveTrack.of(configured);
            usable.add(track);
            return new TrackCutter(track);
        } catch (MediaException e) {
            log.warn("live {}: {} is not packaged: {}", name, configured.codec(), e.getMessage());
            return null;
        }
    }

    @Override
    public void unit(AccessUnit unit) {
        Sizes known = sizes;
        if (known != null && unit.isVideo() && unit.keyFrame()) {
            size(known, unit);
        }
        TrackCutter leading = lead;
        TrackCutter following = follower;
        TrackCutter track =
                leading != null && leading.track.kind() == unit.kind()
                        ? leading
                        : following != null && following.track.kind() == unit.kind()
                                ? following
                                : null;
        if (track == null) {
            metrics.unitDropped("unpackaged");
            return;
        }
        long ticks = track.place(unit.decodeTimeMs());
        if (ticks < 0) {
            metrics.unitDropped("late");
            return;
        }
        if (track == leading) {
            lead(leading, unit, ticks);
        } else {
            // A gap in the audio is the length of the frame before it.
            track.completeNewest(ticks, Integer.MAX_VALUE);
        }
        track.add(unit.data(), ticks, unit.compositionTimeMs(), unit.keyFrame());
        if (following != null) {
            advance(following);
        }
        if (track.bytes() > MAX_PART_BYTES) {
            // Nothing cuts it otherwise: a bound is a bound.
            track.completeNewest();
            flush(track, Long.MAX_VALUE, track == leading ? segment : followerSegment);
        }
    }

    /// Decides, before a unit of the leading track is added, what ends with the unit before it.
    private void lead(TrackCutter track, AccessUnit unit, long ticks) {
        long now = unit.decodeTimeMs();
        if (segmentStartMs == NONE) {
            track.completeNewest(ticks, Integer.MAX_VALUE);
            segmentStartMs = now;
            partStartMs = now;
            lastLeadMs = now;
            cutFromMs = now;
            if (!everPlaced) {
                everPlaced = true;
                keepToGrid(now);
            }
            return;
        }
        long frameMs = now - lastLeadMs;
        boolean stalled = now - segmentStartMs > maxSegmentMs + 400;
        // A stalled encoder's last picture must not stretch the segment over its bound.
        long longest =
                stalled
                        ? track.ticks(Math.max(1, segmentStartMs + maxSegmentMs - lastLeadMs))
                        : Integer.MAX_VALUE;
        track.completeNewest(ticks, longest);
        long length = now - cutFromMs;
        boolean keyCut =
                unit.keyFrame()
                        && (length >= segmentTargetMs - KEY_FRAME_TOLERANCE_MS || jumpPending);
        boolean forced = length + frameMs > maxSegmentMs;
        if (keyCut || forced) {
            if (!keyCut && !unit.keyFrame() && !warnedLongGop) {
                warnedLongGop = true;
                log.warn(
                        "live {}: key frames are more than {} ms apart; segments are cut without",
                        name,
                        maxSegmentMs);
            }
            endLeadSegment(track, now);
            if (stalled || jumpPending) {
                jumpPending = false;
                outputs.forEach(output -> output.discontinuity(segment));
            }
            segmentStartMs = now;
            partStartMs = now;
            cutFromMs = now;
        } else if (now + frameMs - partStartMs > partTargetMs + PART_TOLERANCE_MS) {
            flush(track, Long.MAX_VALUE, segment);
            partStartMs = now;
        }
        lastLeadMs = now;
    }

    private void keepToGrid(long now) {
        SegmentGrid.Place place = grid.at(now);
        if (place != null) {
            segment = place.segment();
            followerSegment = segment;
            cutFromMs = Math.min(now, place.startMs());
            outputs.forEach(output -> output.begins(place));
        }
    }

    private void endLeadSegment(TrackCutter track, long endMs) {
        flush(track, Long.MAX_VALUE, segment);
        long start = segmentStartMs;
        for (LiveOutput output : outputs) {
            output.segmentEnd(track.track, segment, start, endMs);
        }
        metrics.segment();
        track.startSegment();
        segment++;
        if (follower != null) {
            boundaries.add(new Boundary(start, endMs));
        } else {
            followerSegment = segment;
        }
    }

    /// Cuts what the follower has where the leading track has been.
    private void advance(TrackCutter track) {
        while (true) {
            Boundary boundary = boundaries.peek();
            if (boundary == null) {
                if (segmentStartMs != NONE) {
                    flushParts(track, track.ticks(lastLeadMs));
                }
                return;
            }
            long end = track.ticks(boundary.endMs());
            flushParts(track, end);
            if (!track.reaches(end)) {
                if (lastLeadMs - boundary.endMs() <= MAX_BEHIND_MS) {
                    return;
                }
                // What would say how long its last one lasts is late or lost.
                track.completeNewest();
            }
            endFollowerSegment(track, boundary, end);
        }
    }

    private void flushParts(TrackCutter track, long limitTicks) {
        long length = track.ticks(partTargetMs + PART_TOLERANCE_MS);
        for (long end = track.partEnd(limitTicks, length);
                end >= 0;
                end = track.partEnd(limitTicks, length)) {
            flush(track, end, followerSegment);
        }
    }

    private void endFollowerSegment(TrackCutter track, Boundary boundary, long endTicks) {
        boundaries.remove();
        flush(track, endTicks, followerSegment);
        for (LiveOutput output : outputs) {
            output.segmentEnd(track.track, followerSegment, boundary.startMs(), boundary.endMs());
        }
        track.startSegment();
        followerSegment++;
    }

    private void finishSegment() {
        TrackCutter leading = lead;
        if (leading == null || segmentStartMs == NONE) {
            return;
        }
        leading.completeNewest();
        LiveFragment last = flush(leading, Long.MAX_VALUE, segment);
        long end = last == null ? lastLeadMs : last.startMs() + last.durationMs();
        endLeadSegment(leading, Math.max(end, segmentStartMs + 1));
        TrackCutter following = follower;
        if (following != null) {
            following.completeNewest();
            while (boundaries.size() > 1) {
                Boundary boundary = boundaries.getFirst();
                endFollowerSegment(following, boundary, following.ticks(boundary.endMs()));
            }
            // What sounds on after the last picture belongs to it.
            endFollowerSegment(following, boundaries.getFirst(), Long.MAX_VALUE);
        }
        segmentStartMs = NONE;
        partStartMs = NONE;
    }

    private @Nullable LiveFragment flush(TrackCutter track, long limitTicks, long number) {
        LiveFragment fragment = track.cut(limitTicks, number, sequenceNumber + 1, wall);
        if (fragment != null) {
            sequenceNumber++;
            metrics.part();
            for (LiveOutput output : outputs) {
                output.fragment(fragment);
            }
        }
        return fragment;
    }

    private void release() {
        if (lead != null) {
            lead.release();
        }
        if (follower != null) {
            follower.release();
        }
        boundaries.clear();
        followerSegment = segment;
    }

    @Override
    public void clockJumped() {
        jumpPending = true;
    }

    @Override
    public void interrupted() {
        finishSegment();
        outputs.forEach(LiveOutput::interrupted);
    }

    @Override
    public void ended() {
        finishSegment();
        release();
        lead = null;
        follower = null;
        outputs.forEach(LiveOutput::ended);
    }
}
