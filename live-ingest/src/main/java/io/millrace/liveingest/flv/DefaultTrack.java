package io.millrace.liveingest.flv;

import io.millrace.liveingest.flv.FlvBody.Nothing;

/// Keeps what a message says of track 0.
final class DefaultTrack implements FlvTrackSink {
    private FlvBody said = Nothing.NOTHING;

    @Override
    public void body(int trackId, int nanosecondOffset, FlvBody body) {
        if (trackId == 0) {
            said = body;
        }
    }

    FlvBody said() {
        return said;
    }
}
