package io.millrace.liveingest.live;

import io.millrace.delivery.media.TrackKind;
import io.millrace.storage.blob.BlobKey;

import java.time.Duration;

/// The past of a rendition that is recorded: which segments there were, and where in the recording
/// their media lies. The media itself is not kept a second time.
///
/// Thread-safe: segments come on the stream's event loop, places on the recorder's thread, and
/// requests on any.
public final class DvrWindow {
    private final Duration length;
    private final DvrTrack video;
    private final DvrTrack audio;

    /// @param length how far back players may go
    public DvrWindow(Duration length) {
        this.length = length;
        video = new DvrTrack(length);
        audio = new DvrTrack(length);
    }

    Duration length() {
        return length;
    }

    /// Where a fragment lies in its recording, once it can be read there.
    public void recorded(LiveFragment fragment, BlobKey file, long offset) {
        track(fragment.track().kind()).recorded(fragment, file, offset);
    }

    DvrTrack track(TrackKind kind) {
        return kind == TrackKind.VIDEO ? video : audio;
    }
}
