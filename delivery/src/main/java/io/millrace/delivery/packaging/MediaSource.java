package io.millrace.delivery.packaging;

import io.millrace.delivery.media.MediaIndex;
import io.millrace.delivery.media.Track;

/// One file of a media set.
///
/// @param sequence its 1-based position in the URL (`f<n>`), kept when others are left out
/// @param id its other name in URLs (`s<id>`), from a mapping; empty when it has none
/// @param tracks which of its tracks take part
/// @param file its position among the open files of the presentation, from 0
/// @param labels what players are told of it beyond what the file says itself
/// @param soundFile where its sound lies, among the open files: `file`, unless it was made anew
public record MediaSource(
        MediaIndex index,
        int sequence,
        String id,
        TrackFilter tracks,
        int file,
        SourceLabels labels,
        int soundFile) {
    public MediaSource(
            MediaIndex index,
            int sequence,
            String id,
            TrackFilter tracks,
            int file,
            SourceLabels labels) {
        this(index, sequence, id, tracks, file, labels, file);
    }

    public MediaSource(
            MediaIndex index, int sequence, TrackFilter tracks, int file, SourceLabels labels) {
        this(index, sequence, "", tracks, file, labels);
    }

    public MediaSource(MediaIndex index, int sequence, TrackFilter tracks, int file) {
        this(index, sequence, tracks, file, SourceLabels.NONE);
    }

    /// A file of a presentation of one clip.
    public static MediaSource of(MediaIndex index, int sequence) {
        return new MediaSource(index, sequence, TrackFilter.ALL, sequence - 1);
    }

    /// The same file with other tracks or samples.
    public MediaSource with(MediaIndex newIndex) {
        return new MediaSource(newIndex, sequence, id, tracks, file, labels, soundFile);
    }

    /// The same file with sound that lies in another.
    public MediaSource withSound(MediaIndex newIndex, int newSoundFile) {
        return new MediaSource(newIndex, sequence, id, tracks, file, labels, newSoundFile);
    }

    /// Among the open files, where a track lies.
    int fileOf(Track track) {
        return track.isVideo() ? file : soundFile;
    }

    /// Whether a name's token means this file.
    boolean isNamed(MediaRequestName.Sequence token) {
        if (!token.id().isEmpty()) {
            return token.id().equals(id);
        }
        return token.number() == 0 || token.number() == sequence;
    }
}
