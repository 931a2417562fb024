package io.millrace.platformapi.entry;

import io.millrace.platformapi.http.ApiCall;
import io.millrace.platformapi.model.PlaybackContext;

/// How an entry can be played by this caller; implemented by the playback feature.
public interface PlaybackContexts {
    PlaybackContext of(ApiCall call, Entry entry);
}
