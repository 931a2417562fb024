package io.millrace.liveingest.live;

import io.millrace.delivery.http.HttpReply;
import io.millrace.delivery.http.PreparedReply;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;

/// A track as it is shown at one time, and its playlists, each made once when it is first asked
/// for. Thread-safe.
final class TrackState {
    private final String id;
    private final LivePresentation presentation;
    private final TrackWindow.View view;
    private final @Nullable PreparedReply[] playlists = new PreparedReply[4];
    private @Nullable String whole;
    private @Nullable String delta;

    TrackState(String id, LivePresentation presentation, TrackWindow.View view) {
        this.id = id;
        this.presentation = presentation;
        this.view = view;
    }

    TrackWindow.View view() {
        return view;
    }

    /// The media playlist.
    ///
    /// @param blocking whether it answers a URL that no later state answers
    /// @param skip whether old segments may be left out
    synchronized PreparedReply playlist(boolean blocking, boolean skip) {
        int form = (blocking ? 1 : 0) + (skip ? 2 : 0);
        PreparedReply made = playlists[form];
        if (made == null) {
            int target = presentation.options().targetDurationSeconds();
            int age = blocking || view.ended() ? 6 * target : Math.max(1, target / 2);
            made =
                    PreparedReply.of(
                            HttpReply.bytes(
                                            200,
                                            LivePlaylists.MIME,
                                            text(skip).getBytes(StandardCharsets.UTF_8))
                                    .cacheControl("max-age=" + age));
            playlists[form] = made;
        }
        return made;
    }

    private String text(boolean skip) {
        String made = skip ? delta : whole;
        if (made == null) {
            made = new LowLatencyPlaylist(id, view, presentation).text(skip);
            if (skip) {
                delta = made;
            } else {
                whole = made;
            }
        }
        return made;
    }
}
