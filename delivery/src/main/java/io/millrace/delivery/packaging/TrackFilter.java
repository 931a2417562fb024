package io.millrace.delivery.packaging;

import io.millrace.delivery.media.TrackKind;

/// Which tracks of a file a name asks for: `v1-a1`. Bit n-1 of a mask stands for track n.
///
/// @param video mask of video tracks; 0 for none, -1 for all
/// @param audio likewise
public record TrackFilter(long video, long audio) {
    public static final int MAX_TRACK = 64;

    /// No track token: what that means depends on the request.
    public static final TrackFilter UNSAID = new TrackFilter(0, 0);

    public static final TrackFilter ALL = new TrackFilter(-1, -1);

    public static TrackFilter of(int videoTrack, int audioTrack) {
        return new TrackFilter(bit(videoTrack), bit(audioTrack));
    }

    private static long bit(int number) {
        return number == 0 ? 0 : 1L << number - 1;
    }

    public boolean isUnsaid() {
        return video == 0 && audio == 0;
    }

    public boolean accepts(TrackKind kind, int number) {
        long mask = kind == TrackKind.VIDEO ? video : audio;
        return mask == -1 || number <= MAX_TRACK && (mask & bit(number)) != 0;
    }

    /// What both accept.
    public TrackFilter and(TrackFilter other) {
        return new TrackFilter(video & other.video, audio & other.audio);
    }

    /// What either accepts.
    public TrackFilter or(TrackFilter other) {
        return new TrackFilter(video | other.video, audio | other.audio);
    }

    TrackFilter with(TrackKind kind, int number) {
        long more = number == 0 ? -1 : bit(number);
        return kind == TrackKind.VIDEO
                ? new TrackFilter(video | more, audio)
                : new TrackFilter(video, audio | more);
    }
}
