package io.millrace.liveingest.live;

import io.millrace.delivery.failure.MediaException;
import io.millrace.delivery.media.Timescale;
import io.millrace.delivery.packaging.FragmentTrack;
import io.millrace.delivery.packaging.FragmentWriter;
import io.millrace.delivery.packaging.InitSegmentWriter;
import io.millrace.liveingest.stream.AccessUnit;
import io.millrace.liveingest.stream.LiveMetrics;
import io.millrace.liveingest.stream.StreamSubscriber;
import io.millrace.liveingest.stream.StreamTracks;
import io.millrace.liveingest.stream.StreamTracks.Configured;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// Access units to parts (one `moof` with a `traf` for each track) and segments.
///
/// The leading track (video, or audio where there is none) decides: a part ends before it passes
/// the part target; a segment ends before the first key frame at or after the segment target, and
/// in any case before it passes the maximum. The other track's samples go where they arrive. A
/// sample's length is known when the next one comes, so the newest sample of each track waits. Its
/// stream's event loop only.
public final class LivePackager implements StreamSubscriber {
    private static final Logger log = LoggerFactory.getLogger(LivePackager.class);
    private static final long NONE = Long.MIN_VALUE;

    /// A key frame this much before the target ends the segment too: clocks are in whole ms.
    private static final long KEY_FRAME_TOLERANCE_MS = 50;

    /// Audio within this of its computed place is on time; ms clocks jitter.
    private static final int AUDIO_TOLERANCE_MS = 30;

    private static final int AUDIO_BEHIND_MS = 250;
    private static final long MAX_PART_BYTES = 32 << 20;

    private final String entryId;
    private final long segmentTargetMs;
    private final long maxSegmentMs;
    private final long partTargetMs;
    private final Clock clock;
    private final LiveMetrics metrics;
    private final List<LiveOutput> outputs;
    private @Nullable TrackBuilder video;
    private @Nullable TrackBuilder audio;
    private boolean everStarted;
    private long partStartMs = NONE;
    private long segmentStartMs = NONE;
    private long lastLeadMs;
    private long wallOffsetMs = NONE;
    private boolean segmentHasParts;
    private boolean jumpPending;
    private boolean warnedLongGop;
    private long sequenceNumber;

    public LivePackager(
            String entryId,
            Duration segmentTarget,
            Duration maxSegment,
            Duration partTarget,
            Clock clock,
            LiveMetrics metrics,
            List<LiveOutput> outputs) {
        this.entryId = entryId;
        this.segmentTargetMs = segmentTarget.toMillis();
        this.maxSegmentMs = maxSegment.toMillis();
        this.partTargetMs = partTarget.toMillis();
        this.clock = clock;
        this.metrics = metrics;
        this.outputs = List.copyOf(outputs);
    }

    private static final class Sample {
        final ByteBuf data;
        final long decodeTicks;
        final int compositionTicks;
        final boolean keyFrame;
        int durationTicks;

        Sample(ByteBuf data, long decodeTicks, int compositionTicks, boolean keyFrame) {
            this.data = data;
            this.decodeTicks = decodeTicks;
            this.compositionTicks = compositionTicks;
            this.keyFrame = keyFrame;
        }
    }

    /// One track's samples on their way into a part.
    private static final class TrackBuilder {
        final LiveTrack track;
        final List<Sample> complete = new ArrayList<>();
        private @Nullable Sample newest;
        private int lastDuration;
        private long bytes;

        TrackBuilder(LiveTrack track) {
            this.track = track;
            lastDuration = track.isVideo() ? track.timescale() / 30 : track.frameTicks();
        }

        /// Where a unit lies; -1 for an audio frame that comes too late to have a place.
        long ticks(long timeMs) {
            long ticks = Timescale.rescale(timeMs, Timescale.MILLISECONDS, track.timescale());
            Sample last = newest;
            if (track.isVideo() || last == null) {
                return ticks;
            }
            long expected = last.decodeTicks + track.frameTicks();
            long off = ticks - expected;
            long second = track.timescale();
            if (off > AUDIO_TOLERANCE_MS * second / 1000) {
                return ticks;
            }
            return off < -AUDIO_BEHIND_MS * second / 1000 ? -1 : expected;
        }

        /// The newest sample lasts until `untilTicks`, at most `maxTicks` long.
        void completeNewest(long untilTicks, long maxTicks) {
            Sample last = newest;
            if (last != null) {
                newest = null;
                last.durationTicks =
                        (int) Math.clamp(untilTicks - last.decodeTicks, 1, Math.max(1, maxTicks));
                lastDuration = last.durationTicks;
                complete.add(last);
            }
        }

        void completeNewest() {
            if (newest != null) {
                completeNewest(newest.decodeTicks + lastDuration, Integer.MAX_VALUE);
            }
        }

        void add(Sample sample) {
            newest = sample;
            bytes += sample.data.readableBytes();
        }

        FragmentTrack fragment(long dataOffset) {
            var fragment =
                    new FragmentTrack(
                            track.trackId(),
                            complete.isEmpty() ? 0 : complete.getFirst().decodeTicks);
            fragment.beginRun(dataOffset);
            for (Sample sample : complete) {
                fragment.add(
                        sample.data.readableBytes(),
                        sample.durationTicks,
                        sample.compositionTicks,
                        sample.keyFrame);
            }
            return fragment;
        }

        void drainTo(ByteBuf out) {
            for (Sample sample : complete) {
                bytes -= sample.data.readableBytes();
                out.writeBytes(sample.data, sample.data.readerIndex(), sample.data.readableBytes());
                sample.data.release();
            }
            complete.clear();
        }
    }

    @Override
    public void tracks(StreamTracks tracks, boolean discontinuity) {
        if (video != null) {
            video.completeNewest();
        }
        if (audio != null) {
            audio.completeNewest();
        }
        finishSegment();
        List<LiveTrack> usable = new ArrayList<>();
        video = builder(tracks.video(), usable);
        audio = builder(tracks.audio(), usable);
        if (usable.isEmpty()) {
            return;
        }
        wallOffsetMs = NONE;
        byte[] init = InitSegmentWriter.write(usable.stream().map(LiveTrack::initTrack).toList());
        boolean first = !everStarted;
        everStarted = true;
        jumpPending = false;
        for (LiveOutput output : outputs) {
            output.tracks(usable, init, !first);
        }
    }

    private @Nullable TrackBuilder builder(
            @Nullable Configured configured, List<LiveTrack> usable) {
        if (configured == null) {
            return null;
        }
        try {
            LiveTrack track = LiveTrack.of(configured);
            usable.add(track);
            return new TrackBuilder(track);
        } catch (MediaException e) {
            log.warn("live {}: {} is left out: {}", entryId, configured.codec(), e.getMessage());
            return null;
        }
    }

    @Override
    public void unit(AccessUnit unit) {
        TrackBuilder track = unit.isVideo() ? video : audio;
        if (track == null) {
            metrics.unitDropped("unpackaged");
            return;
        }
        long ticks = track.ticks(unit.decodeTimeMs());
        if (ticks < 0) {
            metrics.unitDropped("late");
            return;
        }
        if (track == video || video == null) {
            lead(track, unit, ticks);
        } else {
            // A gap in the audio is the length of the frame before it.
            track.completeNewest(ticks, Integer.MAX_VALUE);
        }
        int composition =
                (int)
                        Timescale.rescale(
                                unit.compositionTimeMs(),
                                Timescale.MILLISECONDS,
                                track.track.timescale());
        track.add(new Sample(unit.data().retain(), ticks, composition, unit.keyFrame()));
        if (track.bytes > MAX_PART_BYTES) {
            flushPart(); // Nothing cuts it otherwise: a bound is a bound.
        }
    }

    /// Decides, before a unit of the leading track is added, what ends with the unit before it.
    private void lead(TrackBuilder lead, AccessUnit unit, long ticks) {
        long now = unit.decodeTimeMs();
        if (wallOffsetMs == NONE) {
            wallOffsetMs = clock.millis() - now;
        }
        if (segmentStartMs == NONE) {
            lead.completeNewest(ticks, Integer.MAX_VALUE);
            segmentStartMs = now;
            partStartMs = now;
            lastLeadMs = now;
            return;
        }
        long frameMs = now - lastLeadMs;
        boolean stalled = now - segmentStartMs > maxSegmentMs + 400;
        // A stalled encoder's last picture must not stretch the segment over its bound.
        long longest =
                stalled
                        ? Timescale.rescale(
                                Math.max(1, segmentStartMs + maxSegmentMs - lastLeadMs),
                                Timescale.MILLISECONDS,
                                lead.track.timescale())
                        : Integer.MAX_VALUE;
        lead.completeNewest(ticks, longest);
        long length = now - segmentStartMs;
        boolean keyCut =
                unit.keyFrame()
                        && (length >= segmentTargetMs - KEY_FRAME_TOLERANCE_MS || jumpPending);
        boolean forced = length + frameMs > maxSegmentMs;
        if (keyCut || forced) {
            if (!keyCut && !unit.keyFrame() && !warnedLongGop) {
                warnedLongGop = true;
                log.warn(
                        "live {}: key frames are more than {} ms apart; segments are cut without",
                        entryId,
                        maxSegmentMs);
            }
            finishSegment();
            if (stalled || jumpPending) {
                jumpPending = false;
                outputs.forEach(LiveOutput::discontinuity);
            }
            segmentStartMs = now;
            partStartMs = now;
        } else if (now + frameMs - partStartMs > partTargetMs) {
            flushPart();
            partStartMs = now;
        }
        lastLeadMs = now;
    }

    private void finishSegment() {
        flushPart();
        if (segmentHasParts) {
            segmentHasParts = false;
            metrics.segment();
            outputs.forEach(LiveOutput::segmentEnd);
        }
        segmentStartMs = NONE;
        partStartMs = NONE;
    }

    private void flushPart() {
        TrackBuilder lead = video != null ? video : audio;
        if (lead == null) {
            return;
        }
        FragmentTrack[] fragments;
        long start;
        if (video != null && audio != null) {
            FragmentTrack pictures = video.fragment(0);
            fragments = new FragmentTrack[] {pictures, audio.fragment(pictures.payloadBytes())};
        } else {
            fragments = new FragmentTrack[] {lead.fragment(0)};
        }
        int samples = 0;
        long payload = 0;
        for (FragmentTrack fragment : fragments) {
            samples += fragment.count();
            payload += fragment.payloadBytes();
        }
        if (samples == 0) {
            return;
        }
        boolean independent = lead.complete.isEmpty() ? false : lead.complete.getFirst().keyFrame;
        // Rounded as absolute times, so that durations add up.
        start =
                Timescale.rescale(
                        fragments[0].baseMediaDecodeTime(),
                        lead.track.timescale(),
                        Timescale.MILLISECONDS);
        long end =
                Timescale.rescale(
                        fragments[0].baseMediaDecodeTime() + fragments[0].durationTicks(),
                        lead.track.timescale(),
                        Timescale.MILLISECONDS);
        if (fragments[0].count() == 0) {
            start = partStartMs == NONE ? lastLeadMs : partStartMs;
            end = start;
        }
        byte[] bytes = new byte[(int) (FragmentWriter.headerSize(fragments) + payload)];
        ByteBuf out = Unpooled.wrappedBuffer(bytes).clear();
        FragmentWriter.writeHeader(out, ++sequenceNumber, fragments);
        int videoFrames = video == null ? 0 : video.complete.size();
        int audioFrames = audio == null ? 0 : audio.complete.size();
        if (video != null) {
            video.drainTo(out);
        }
        if (audio != null) {
            audio.drainTo(out);
        }
        metrics.part();
        segmentHasParts = true;
        var part =
                new LivePart(
                        bytes,
                        start,
                        end - start,
                        independent,
                        Instant.ofEpochMilli(
                                start + (wallOffsetMs == NONE ? clock.millis() : wallOffsetMs)),
                        videoFrames,
                        audioFrames);
        for (LiveOutput output : outputs) {
            output.part(part);
        }
    }

    @Override
    public void clockJumped() {
        jumpPending = true;
    }

    @Override
    public void interrupted() {
        if (video != null) {
            video.completeNewest();
        }
        if (audio != null) {
            audio.completeNewest();
        }
        finishSegment();
        outputs.forEach(LiveOutput::interrupted);
    }

    @Override
    public void ended() {
        interrupted();
        video = null;
        audio = null;
        outputs.forEach(LiveOutput::ended);
    }
}
