package io.millrace.delivery.packaging;

import io.millrace.delivery.drm.ProtectedSampleEntry;
import io.millrace.delivery.drm.Protection;
import io.millrace.delivery.media.Track;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/// The init segment of a rendition of stored media.
public final class InitSegment {
    private InitSegment() {}

    public static byte[] write(MediaSet set, Rendition rendition) {
        return write(set, rendition, null);
    }

    /// @param protection by Common Encryption, or null when the segments are in the clear (or
    ///   encrypted whole, of which an init segment says nothing)
    public static byte[] write(MediaSet set, Rendition rendition, @Nullable Protection protection) {
        List<InitTrack> tracks = new ArrayList<>(2);
        for (TrackPick pick : rendition.picks()) {
            Track track = pick.track();
            tracks.add(
                    new InitTrack(
                            track.isVideo()
                                    ? FragmentedSegment.VIDEO_TRACK_ID
                                    : FragmentedSegment.AUDIO_TRACK_ID,
                            track.kind(),
                            track.timescale(),
                            track.language(),
                            track.displayWidth(),
                            track.displayHeight(),
                            track.rotation(),
                            protection == null
                                    ? track.sampleEntry()
                                    : ProtectedSampleEntry.of(
                                            track.sampleEntry(), track.isVideo(), protection),
                            set.planned(pick).editMediaTime()));
        }
        return InitSegmentWriter.write(
                tracks, protection == null ? List.of() : protection.fileBoxes());
    }
}
