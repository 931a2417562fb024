package io.millrace.delivery.packaging;

import io.millrace.delivery.media.Track;

import java.util.ArrayList;
import java.util.List;

/// The init segment of a rendition of stored media.
public final class InitSegment {
    private InitSegment() {}

    public static byte[] write(MediaSet set, Rendition rendition) {
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
                            track.sampleEntry(),
                            set.planned(pick).editMediaTime()));
        }
        return InitSegmentWriter.write(tracks);
    }
}
