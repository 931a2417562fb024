package io.millrace.liveingest.live;

import io.millrace.delivery.media.TrackKind;
import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.BlobStore;

import java.time.Duration;

/// The past of a rendition: which segments there were, and where in storage their media lies. That
/// is the recording, of what is recorded, so that nothing is kept a second time; of all else, files
/// that are kept for this.
///
/// Thread-safe: segments come on the stream's event loop, places on the thread that writes, and
/// requests on any.
public final class DvrWindow {
    private final Duration length;
    private final DvrTrack video;
    private final DvrTrack audio;

    /// @param length how far back players may go
    /// @param blobs where the media is read
    public DvrWindow(Duration length, BlobStore blobs) {
        this.length = length;
        video = new DvrTrack(length, blobs);
        audio = new DvrTrack(length, blobs);
    }

    Duration length() {
        return length;
    }

    /// Where a fragment lies, once it can be read there.
    public void recorded(LiveFragment fragment, BlobKey file, long offset) {
        track(fragment.track().kind()).recorded(fragment, file, offset);
    }

    /// The oldest segment of which media may be asked for; {@link Long#MIN_VALUE} before there is
    /// any. A track that is away ages with the other.
    public long oldestSegment() {
        boolean videoLeads = video.newest() >= audio.newest();
        long oldest = (videoLeads ? video : audio).oldest();
        (videoLeads ? audio : video).forgetBefore(oldest);
        return oldest;
    }

    DvrTrack track(TrackKind kind) {
        return kind == TrackKind.VIDEO ? video : audio;
    }
}
