package io.millrace.delivery.packaging;

import io.millrace.delivery.media.Track;

/// One track of one file of a media set.
///
/// @param source position of the file in the set, from 0
public record TrackPick(int source, Track track) {
    @Override
    public boolean equals(Object other) {
        return other instanceof TrackPick(int otherSource, Track otherTrack)
                && otherSource == source
                && otherTrack == track;
    }

    @Override
    public int hashCode() {
        return 31 * source + System.identityHashCode(track);
    }
}
