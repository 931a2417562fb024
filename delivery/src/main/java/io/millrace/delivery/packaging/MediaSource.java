package io.millrace.delivery.packaging;

import io.millrace.delivery.media.MediaIndex;

/// One file of a media set.
///
/// @param sequence its 1-based position in the URL (`f<n>`), kept when others are left out
/// @param tracks which of its tracks take part
/// @param file its position among the open files of the presentation, from 0
public record MediaSource(MediaIndex index, int sequence, TrackFilter tracks, int file) {
    /// A file of a presentation of one clip.
    public static MediaSource of(MediaIndex index, int sequence) {
        return new MediaSource(index, sequence, TrackFilter.ALL, sequence - 1);
    }
}
