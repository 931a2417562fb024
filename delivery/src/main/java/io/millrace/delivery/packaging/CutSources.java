package io.millrace.delivery.packaging;

import io.millrace.delivery.media.MediaIndex;
import io.millrace.delivery.media.SampleTable;
import io.millrace.delivery.media.Timescale;
import io.millrace.delivery.media.Track;
import io.millrace.delivery.webvtt.Subtitles;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Applies a {@link Cut} to the sources of a set: they become sources of the same files with other
/// samples on another timeline, and nothing else needs to know.
///
/// The pictures start at the first key frame at or after the wanted time (one that opens a closed
/// group, where there is any); everything else starts at that same time, which becomes 0. Sound is
/// cut at its first sample that starts there or later, as segments are.
public final class CutSources {
    private final List<MediaSource> sources;
    private final Cut cut;

    /// The time that becomes 0, in ticks of `scale`.
    private long origin;

    private int scale = Timescale.MILLISECONDS;

    private CutSources(List<MediaSource> sources, Cut cut) {
        this.sources = sources;
        this.cut = cut;
    }

    /// @return empty when nothing can be played of it: no key frame in the range, or past the end
    public static Optional<List<MediaSource>> apply(List<MediaSource> sources, Cut cut) {
        return cut.equals(Cut.NONE) ? Optional.of(sources) : new CutSources(sources, cut).apply();
    }

    private Optional<List<MediaSource>> apply() {
        if (!findOrigin()) {
            return Optional.empty();
        }
        List<MediaSource> result = new ArrayList<>(sources.size());
        boolean any = false;
        for (MediaSource source : sources) {
            List<Track> tracks = new ArrayList<>();
            for (Track track : source.index().tracks()) {
                Track left = accepted(source, track) ? track(track) : null;
                if (left != null) {
                    tracks.add(left);
                }
            }
            any |= !tracks.isEmpty();
            MediaIndex index = source.index();
            result.add(source.with(index.with(tracks, text(index.text()))));
        }
        return any ? Optional.of(result) : Optional.empty();
    }

    private static boolean accepted(MediaSource source, Track track) {
        return track.samples().count() > 0 && source.tracks().accepts(track.kind(), track.number());
    }

    /// False when the pictures have no key frame in the range.
    private boolean findOrigin() {
        origin = cut.fromMs();
        if (cut.fromMs() == 0) {
            return true;
        }
        for (MediaSource source : sources) {
            for (Track track : source.index().tracks()) {
                if (track.isVideo() && accepted(source, track)) {
                    int sample = keyFrameAtOrAfter(track, ticks(cut.fromMs(), track), 0);
                    if (sample < 0 || track.presentationTime(sample) >= end(track)) {
                        return false;
                    }
                    origin = track.presentationTime(sample);
                    scale = track.timescale();
                    return true;
                }
            }
        }
        return true;
    }

    /// The sample, or -1. One that opens a closed group is preferred.
    private static int keyFrameAtOrAfter(Track track, long time, long tolerance) {
        SampleTable samples = track.samples();
        int low = 0;
        int high = samples.syncCount();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (track.presentationTime(samples.syncSample(middle)) < time - tolerance) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        if (low == samples.syncCount()) {
            return -1;
        }
        for (int n = low; n < samples.syncCount(); n++) {
            if (SegmentPlan.isClosed(track, samples.syncSample(n))) {
                return samples.syncSample(n);
            }
        }
        return samples.syncSample(low);
    }

    private static long ticks(long ms, Track track) {
        return ms == Cut.TO_THE_END
                ? Long.MAX_VALUE
                : Timescale.rescale(ms, Timescale.MILLISECONDS, track.timescale());
    }

    private long end(Track track) {
        return ticks(cut.toMs(), track);
    }

    private @Nullable Track track(Track track) {
        SampleTable samples = track.samples();
        int timescale = track.timescale();
        long start = Timescale.rescale(origin, scale, timescale);
        int from = cut.fromMs() == 0 ? 0 : first(track, start);
        int to = cut.toMs() == Cut.TO_THE_END ? samples.count() : last(track, end(track)) + 1;
        if (from < 0 || from >= to) {
            return null;
        }
        int stretch = stretch(timescale);
        int newTimescale = Math.toIntExact((long) timescale * stretch * cut.ratePercent() / 100);
        int shiftMs = track.isVideo() ? cut.videoShiftMs() : cut.audioShiftMs();
        long shift = Timescale.rescale(shiftMs, Timescale.MILLISECONDS, newTimescale);
        SampleTable kept =
                from == 0 && stretch == 1 ? samples.first(to) : samples.slice(from, to, stretch);
        // Half a frame of tolerance in `first` must not make the first picture a negative one.
        long moved = track.presentationShift() - start;
        if (cut.fromMs() > 0 && track.isVideo()) {
            moved -= Math.min(0, PlannedTrack.earliestPresentation(track, from) - start);
        }
        long end = cut.toMs() == Cut.TO_THE_END ? track.presentationEnd() : shownUntil(track, to);
        return track.with(
                kept,
                newTimescale,
                moved * stretch + shift,
                (Math.min(end, track.presentationEnd()) - start) * stretch + shift);
    }

    /// The first sample of a track that starts where the set does, or -1.
    private int first(Track track, long start) {
        if (track.isVideo()) {
            return keyFrameAtOrAfter(
                    track, start, Math.max(1, track.samples().typicalDuration() / 2));
        }
        int sample = track.samples().firstAtOrAfter(start - track.presentationShift());
        return sample == track.samples().count() ? -1 : sample;
    }

    /// The last sample that is shown before `end`; -1 when none is.
    private static int last(Track track, long end) {
        SampleTable samples = track.samples();
        // Nothing is shown before it is decoded, so what is shown before the end lies before this.
        int sample = samples.firstAtOrAfter(end - track.presentationShift()) - 1;
        while (sample >= 0 && track.presentationTime(sample) >= end) {
            sample--;
        }
        return sample;
    }

    /// When the last of the samples before `to` has been shown.
    private static long shownUntil(Track track, int to) {
        SampleTable samples = track.samples();
        long until = Long.MIN_VALUE;
        for (int i = Math.max(0, to - 64); i < to; i++) {
            until = Math.max(until, track.presentationTime(i) + samples.duration(i));
        }
        return until;
    }

    /// By how much times must be multiplied for the new clock to have whole ticks.
    private int stretch(int timescale) {
        for (int stretch : new int[] {1, 2, 4, 5, 10, 20, 25, 50}) {
            if ((long) timescale * stretch * cut.ratePercent() % 100 == 0) {
                return stretch;
            }
        }
        return 100;
    }

    private @Nullable Subtitles text(@Nullable Subtitles text) {
        if (text == null) {
            return null;
        }
        long fromMs = Timescale.rescale(origin, scale, Timescale.MILLISECONDS);
        return text.clip(fromMs, cut.toMs(), cut.ratePercent() / 100.0).shifted(cut.textShiftMs());
    }
}
