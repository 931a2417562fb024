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
    private final @Nullable PreparedReply[] playlists = new PreparedReply[8];
    private final @Nullable String[] texts = new String[4];

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
    /// @param dvr the track's past, if all of it is to be listed
    synchronized PreparedReply playlist(boolean blocking, boolean skip, @Nullable DvrTrack dvr) {
        int form = (blocking ? 1 : 0) + (skip ? 2 : 0) + (dvr != null ? 4 : 0);
        PreparedReply made = playlists[form];
        if (made == null) {
            int target = presentation.options().targetDurationSeconds();
            int age = blocking || view.ended() ? 6 * target : Math.max(1, target / 2);
            made =
                    PreparedReply.of(
                            HttpReply.bytes(
                                            200,
                                            LivePlaylists.MIME,
                                            text(skip, dvr).getBytes(StandardCharsets.UTF_8))
                                    .cacheControl("max-age=" + age));
            playlists[form] = made;
        }
        return made;
    }

    private String text(boolean skip, @Nullable DvrTrack dvr) {
        int form = (skip ? 1 : 0) + (dvr != null ? 2 : 0);
        String made = texts[form];
        if (made == null) {
            made =
                    (dvr == null
                                    ? new LowLatencyPlaylist(id, view, presentation, false)
                                    : new LowLatencyPlaylist(
                                            id, dvr.view(view), presentation, true))
                            .text(skip);
            texts[form] = made;
        }
        return made;
    }
}
