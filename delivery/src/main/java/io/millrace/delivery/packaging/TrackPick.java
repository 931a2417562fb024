package io.millrace.delivery.packaging;

import io.millrace.delivery.media.Track;

/// One track of one file of a media set.
///
/// @param source position of the file among the set's sources, from 0
/// @param file position of the file among the open files of the presentation, from 0
public record TrackPick(int source, int file, Track track) {
    @Override
    public boolean equals(Object other) {
        return other instanceof TrackPick(int otherSource, int otherFile, Track otherTrack)
                && otherSource == source
                && otherFile == file
                && otherTrack == track;
    }

    @Override
    public int hashCode() {
        return 31 * source + System.identityHashCode(track);
    }
}
