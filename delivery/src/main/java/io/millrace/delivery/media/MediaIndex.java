package io.millrace.delivery.media;

import io.millrace.delivery.codec.cea.CaptionChannels;
import io.millrace.delivery.webvtt.Subtitles;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// What is in one file: its audio and video tracks, each with its sample table, or the text of a
/// subtitle file. Immutable, made once per version of a file, shared by all requests.
///
/// @param tracks in file order
/// @param fileSizeBytes of the file when it was indexed; samples past it are missing
/// @param fragmented whether it was read from `moof`s
/// @param text of a subtitle file, which has no tracks; null for all others
/// @param captions inside the pictures of the first video
public record MediaIndex(
        List<Track> tracks,
        long fileSizeBytes,
        boolean fragmented,
        @Nullable Subtitles text,
        CaptionChannels captions) {
    public MediaIndex {
        tracks = List.copyOf(tracks);
    }

    public MediaIndex(List<Track> tracks, long fileSizeBytes, boolean fragmented) {
        this(tracks, fileSizeBytes, fragmented, null, CaptionChannels.NONE);
    }

    /// The same file with other samples and text.
    public MediaIndex with(List<Track> newTracks, @Nullable Subtitles newText) {
        return new MediaIndex(newTracks, fileSizeBytes, fragmented, newText, captions);
    }

    public static MediaIndex ofText(Subtitles text, long fileSizeBytes) {
        return new MediaIndex(List.of(), fileSizeBytes, false, text, CaptionChannels.NONE);
    }

    /// The n-th (1-based) track of a kind, or null.
    public @Nullable Track track(TrackKind kind, int number) {
        for (Track track : tracks) {
            if (track.kind() == kind && track.number() == number) {
                return track;
            }
        }
        return null;
    }

    public @Nullable Track firstVideo() {
        return track(TrackKind.VIDEO, 1);
    }

    public @Nullable Track firstAudio() {
        return track(TrackKind.AUDIO, 1);
    }

    /// Length of the presentation: the latest end of any track.
    public long durationMs() {
        long ms = 0;
        for (Track track : tracks) {
            ms =
                    Math.max(
                            ms,
                            Timescale.rescale(
                                    track.presentationEnd(),
                                    track.timescale(),
                                    Timescale.MILLISECONDS));
        }
        return ms;
    }

    /// What this index weighs in a cache.
    public long estimatedBytes() {
        long bytes = 64 + (text == null ? 0 : text.estimatedBytes());
        for (Track track : tracks) {
            bytes += 256 + track.sampleEntry().length + track.samples().estimatedBytes();
        }
        return bytes;
    }
}
