package io.millrace.liveingest.live;

import io.millrace.delivery.media.TrackKind;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// One source's tracks as players see them: a {@link TrackWindow} for its video, one for its audio.
///
/// Written on the stream's event loop; its getters are for any thread.
public final class RenditionWindow implements LiveOutput {
    private final String rendition;
    private final LivePresentation presentation;
    private final LiveWindowOptions options;
    private final WallTime wall;
    private final @Nullable DvrWindow dvr;
    private long nextSequence;
    private volatile @Nullable TrackWindow video;
    private volatile @Nullable TrackWindow audio;
    private volatile boolean hasVideo;
    private volatile boolean hasAudio;

    RenditionWindow(
            String rendition,
            LivePresentation presentation,
            long firstSequence,
            LiveWindowOptions options,
            WallTime wall,
            @Nullable DvrWindow dvr) {
        this.rendition = rendition;
        this.presentation = presentation;
        this.nextSequence = firstSequence;
        this.options = options;
        this.wall = wall;
        this.dvr = dvr;
    }

    public String rendition() {
        return rendition;
    }

    /// The number of the segment that is being made; on the stream's event loop.
    long nextSequence() {
        return nextSequence;
    }

    /// Null where it has none now.
    @Nullable TrackWindow video() {
        return hasVideo ? video : null;
    }

    /// Null where it has none now.
    @Nullable TrackWindow audio() {
        return hasAudio ? audio : null;
    }

    /// Its past; null when players cannot go back.
    @Nullable DvrWindow dvr() {
        return dvr;
    }

    /// The track that says where segments end; null before the first key frame.
    @Nullable TrackWindow leading() {
        return hasVideo ? video : audio;
    }

    /// By name (`v1`, `a1`), also one that is over.
    @Nullable TrackWindow window(String id) {
        for (TrackWindow window : new @Nullable TrackWindow[] {video, audio}) {
            if (window != null && window.id().equals(id)) {
                return window;
            }
        }
        return null;
    }

    @Override
    public void tracks(List<LiveTrack> tracks, boolean discontinuity) {
        hasVideo = false;
        hasAudio = false;
        for (LiveTrack track : tracks) {
            if (track.isVideo()) {
                TrackWindow window = continued(video, "v", track);
                video = window;
                hasVideo = true;
                window.track(track);
            } else {
                TrackWindow window = continued(audio, "a", track);
                audio = window;
                hasAudio = true;
                window.track(track);
            }
        }
        presentation.changed();
    }

    /// A track that was away begins anew: a playlist's numbers have no holes.
    private TrackWindow continued(@Nullable TrackWindow before, String prefix, LiveTrack track) {
        if (before != null && before.view().openSequence() == nextSequence) {
            return before;
        }
        return new TrackWindow(prefix + rendition, track, nextSequence, options);
    }

    private @Nullable TrackWindow of(TrackKind kind) {
        return kind == TrackKind.VIDEO ? video : audio;
    }

    @Override
    public void begins(SegmentGrid.Place place) {
        nextSequence = place.segment();
        for (TrackWindow window : new @Nullable TrackWindow[] {video, audio}) {
            if (window != null) {
                window.begins(place);
                if (dvr != null) {
                    dvr.track(window.kind()).begins(place.discontinuities());
                }
                presentation.grown(window);
            }
        }
    }

    @Override
    public void fragment(LiveFragment fragment) {
        TrackWindow window = of(fragment.track().kind());
        if (window != null) {
            window.fragment(fragment);
            presentation.grown(window);
        }
    }

    @Override
    public void segmentEnd(LiveTrack track, long segment, long startMs, long endMs) {
        TrackWindow window = of(track.kind());
        if (window != null) {
            LiveSegment whole = window.segmentEnd(segment, startMs, endMs, wall);
            byte[] init = window.view().inits().get(whole.initName());
            if (dvr != null && init != null) {
                dvr.track(track.kind()).add(whole, init);
            }
            nextSequence = Math.max(nextSequence, segment + 1);
            presentation.grown(window);
            int count = Math.min(listed(video()), listed(audio()));
            if (count > 0) {
                presentation.playable(count >= LivePresentation.SEGMENTS_OF_A_START);
            }
        }
    }

    private static int listed(@Nullable TrackWindow window) {
        return window == null ? Integer.MAX_VALUE : window.view().listed().size();
    }

    @Override
    public void discontinuity(long segment) {
        for (TrackWindow window : new @Nullable TrackWindow[] {video, audio}) {
            if (window != null) {
                window.discontinuity(segment);
            }
        }
    }

    @Override
    public void interrupted() {
        for (TrackWindow window : new @Nullable TrackWindow[] {video, audio}) {
            if (window != null) {
                window.interrupted();
                presentation.grown(window);
            }
        }
    }

    @Override
    public void ended() {
        for (TrackWindow window : new @Nullable TrackWindow[] {video, audio}) {
            if (window != null) {
                window.ended();
                presentation.grown(window);
            }
        }
        presentation.renditionEnded(this);
    }
}
