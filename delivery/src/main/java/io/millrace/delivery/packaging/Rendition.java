package io.millrace.delivery.packaging;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/// The tracks that one media playlist or representation carries: a video, an audio, or both muxed.
public record Rendition(@Nullable TrackPick video, @Nullable TrackPick audio) {
    public Rendition {
        if (video == null && audio == null) {
            throw new IllegalArgumentException("rendition: no track (expected: one or two)");
        }
    }

    /// Video first.
    public List<TrackPick> picks() {
        List<TrackPick> picks = new ArrayList<>(2);
        if (video != null) {
            picks.add(video);
        }
        if (audio != null) {
            picks.add(audio);
        }
        return picks;
    }

    public boolean isMuxed() {
        return video != null && audio != null;
    }
}
