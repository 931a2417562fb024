package io.millrace.liveingest.stream;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ConcurrentSkipListMap;

/// Measures one source over the last ten seconds, and finds what its broadcaster should know.
///
/// Written by its stream's event loop, a few additions a unit; {@link #report} is for any thread
/// and is at most a second old.
public final class SourceHealth {
    /// Players wait for a key frame when they join or switch; longer, and segments are cut without.
    private static final Duration LONGEST_GOP = Duration.ofSeconds(4);

    private static final int SECONDS = 10;
    private static final long GAP_MS = 1000;
    private static final long LAG_MS = 3000;
    private static final long JUMP_SHOWN_MS = 60_000;
    private static final long SILENT_MS = 5000;

    private final LiveSource source;

    // Of each second of wall time, in a ring.
    private final long[] second = new long[SECONDS + 1];
    private final int[] videoFrames = new int[SECONDS + 1];
    private final long[] videoBytes = new long[SECONDS + 1];
    private final long[] audioBytes = new long[SECONDS + 1];
    private final long[] lags = new long[SECONDS + 1];

    private long startedMs = Long.MIN_VALUE;
    private long lastVideoMs = Long.MIN_VALUE;
    private long lastAudioMs = Long.MIN_VALUE;
    private long lastKeyFrameMs = Long.MIN_VALUE;
    private long keyFrameIntervalMs;
    private long bestOffsetMs = Long.MAX_VALUE;
    private long lastJumpMs = Long.MIN_VALUE;
    private long gaps;
    private long clockJumps;
    private long dropped;
    private long reportedSecond = Long.MIN_VALUE;
    private final ConcurrentSkipListMap<String, SourceReport.Warning> raised =
            new ConcurrentSkipListMap<>();
    private volatile SourceReport report;

    SourceHealth(LiveSource source) {
        this.source = source;
        report =
                new SourceReport(
                        source.rendition(),
                        false,
                        null,
                        false,
                        null,
                        null,
                        0,
                        0,
                        0,
                        0,
                        List.of(),
                        Instant.now());
    }

    /// Thread-safe.
    public SourceReport report() {
        return report;
    }

    /// Adds a warning of others who know something of this source, until {@link #clear}.
    /// Thread-safe.
    public void raise(SourceReport.Warning warning) {
        raised.put(warning.code(), warning);
    }

    /// Thread-safe.
    public void clear(String code) {
        raised.remove(code);
    }

    /// A new publisher: what lay between is no gap.
    void publisherCame(long nowMs) {
        startedMs = nowMs;
        lastVideoMs = Long.MIN_VALUE;
        lastAudioMs = Long.MIN_VALUE;
        lastKeyFrameMs = Long.MIN_VALUE;
        keyFrameIntervalMs = 0;
        bestOffsetMs = Long.MAX_VALUE;
        refresh(nowMs);
    }

    void publisherLeft(long nowMs) {
        refresh(nowMs);
    }

    /// @param nowMs a clock that only goes forward
    void unit(AccessUnit unit, long nowMs) {
        int slot = slot(nowMs);
        int bytes = unit.data().readableBytes();
        long time = unit.decodeTimeMs();
        if (unit.isVideo()) {
            videoFrames[slot]++;
            videoBytes[slot] += bytes;
            if (lastVideoMs != Long.MIN_VALUE && time - lastVideoMs > GAP_MS) {
                gaps++;
            }
            lastVideoMs = time;
            if (unit.keyFrame()) {
                if (lastKeyFrameMs != Long.MIN_VALUE) {
                    keyFrameIntervalMs = time - lastKeyFrameMs;
                }
                lastKeyFrameMs = time;
            }
        } else {
            audioBytes[slot] += bytes;
            if (lastAudioMs != Long.MIN_VALUE && time - lastAudioMs > GAP_MS) {
                gaps++;
            }
            lastAudioMs = time;
        }
        long offset = nowMs - time;
        bestOffsetMs = Math.min(bestOffsetMs, offset);
        lags[slot] = Math.max(lags[slot], offset - bestOffsetMs);
        if (nowMs / 1000 != reportedSecond) {
            refresh(nowMs);
        }
    }

    void clockJumped(long nowMs) {
        clockJumps++;
        lastJumpMs = nowMs;
        bestOffsetMs = Long.MAX_VALUE;
    }

    void dropped() {
        dropped++;
    }

    private int slot(long nowMs) {
        long now = nowMs / 1000;
        int slot = (int) Math.floorMod(now, (long) second.length);
        if (second[slot] != now) {
            second[slot] = now;
            videoFrames[slot] = 0;
            videoBytes[slot] = 0;
            audioBytes[slot] = 0;
            lags[slot] = 0;
        }
        return slot;
    }

    private void refresh(long nowMs) {
        long now = nowMs / 1000;
        reportedSecond = now;
        int counted = 0;
        long frames = 0;
        long video = 0;
        long audio = 0;
        long lag = Long.MAX_VALUE;
        for (int i = 0; i < second.length; i++) {
            // The running second is not whole, and neither is the first one.
            boolean whole = second[i] < now && second[i] >= now - SECONDS;
            if (whole && second[i] * 1000 >= startedMs) {
                counted++;
                frames += videoFrames[i];
                video += videoBytes[i];
                audio += audioBytes[i];
                lag = Math.min(lag, lags[i]);
            }
        }
        long lagging = counted == 0 ? 0 : lag;
        StreamTracks tracks = source.tracks();
        SourceReport.Video picture =
                TrackFacts.video(
                        tracks,
                        counted == 0 ? 0 : (double) frames / counted,
                        counted == 0 ? 0 : video * 8 / counted,
                        keyFrameIntervalMs);
        SourceReport.Audio sound = TrackFacts.audio(tracks, counted == 0 ? 0 : audio * 8 / counted);
        boolean live = source.isLive();
        report =
                new SourceReport(
                        source.rendition(),
                        live,
                        source.info(),
                        source.hasStandby(),
                        picture,
                        sound,
                        gaps,
                        clockJumps,
                        dropped,
                        lagging,
                        live ? warnings(nowMs, picture, sound, lagging) : List.of(),
                        Instant.now());
    }

    private List<SourceReport.Warning> warnings(
            long nowMs,
            SourceReport.@Nullable Video video,
            SourceReport.@Nullable Audio audio,
            long lagMs) {
        if (source.isDerived()) {
            return List.of(); // it is as it was made
        }
        var warnings = new ArrayList<SourceReport.Warning>(raised.values());
        long openGop = lastKeyFrameMs == Long.MIN_VALUE ? 0 : lastVideoMs - lastKeyFrameMs;
        long interval = Math.max(keyFrameIntervalMs, openGop);
        if (video != null && interval > LONGEST_GOP.toMillis()) {
            warnings.add(
                    new SourceReport.Warning(
                            "KEY_FRAMES_TOO_FAR_APART",
                            String.format(
                                    Locale.ROOT,
                                    "Key frames are %.1f s apart. Set the encoder's key frame"
                                            + " interval to 2 s.",
                                    interval / 1000.0)));
        }
        if (lastJumpMs != Long.MIN_VALUE && nowMs - lastJumpMs < JUMP_SHOWN_MS) {
            warnings.add(
                    new SourceReport.Warning(
                            "TIMESTAMPS_JUMP",
                            "The encoder's clock jumped; players see a discontinuity."));
        }
        if (lagMs > LAG_MS) {
            warnings.add(
                    new SourceReport.Warning(
                            "LINE_TOO_SLOW",
                            String.format(
                                    Locale.ROOT,
                                    "Media arrives %.1f s late. The bit rate is more than the line"
                                            + " carries; lower it.",
                                    lagMs / 1000.0)));
        }
        boolean settled = nowMs - startedMs > SILENT_MS;
        boolean videoFlows = lastVideoMs != Long.MIN_VALUE;
        boolean audioFlows = lastAudioMs != Long.MIN_VALUE;
        if (settled && (audio == null || (videoFlows && lastVideoMs - lastAudioMs > SILENT_MS))) {
            warnings.add(
                    new SourceReport.Warning(
                            "NO_AUDIO", "There is no sound. Is the microphone chosen?"));
        }
        if (settled && (video == null || (audioFlows && lastAudioMs - lastVideoMs > SILENT_MS))) {
            warnings.add(new SourceReport.Warning("NO_VIDEO", "There is no picture, only sound."));
        }
        return List.copyOf(warnings);
    }
}
