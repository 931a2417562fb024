package io.millrace.delivery.packaging;

import io.millrace.delivery.media.Rotation;
import io.millrace.delivery.media.TrackKind;

/// One track as an init segment announces it.
///
/// @param language ISO 639-2/T, `und` when unknown
/// @param displayWidth pixels; 0 for audio
/// @param rotation how players turn the picture
/// @param sampleEntry the whole box that goes into `stsd`, like `avc1` (see {@link
///   io.millrace.delivery.isobmff.SampleEntries} to make one)
/// @param editMediaTime composition time at which the presentation starts, in ticks: priming that
///   is decoded and not heard. 0 writes no edit list.
public record InitTrack(
        int trackId,
        TrackKind kind,
        int timescale,
        String language,
        int displayWidth,
        int displayHeight,
        Rotation rotation,
        byte[] sampleEntry,
        long editMediaTime) {
    /// A track whose pictures are shown as they are stored.
    public InitTrack(
            int trackId,
            TrackKind kind,
            int timescale,
            String language,
            int displayWidth,
            int displayHeight,
            byte[] sampleEntry,
            long editMediaTime) {
        this(
                trackId,
                kind,
                timescale,
                language,
                displayWidth,
                displayHeight,
                Rotation.NONE,
                sampleEntry,
                editMediaTime);
    }

    public InitTrack {
        if (trackId <= 0) {
            throw new IllegalArgumentException("trackId: " + trackId + " (expected: > 0)");
        }
        if (timescale <= 0) {
            throw new IllegalArgumentException("timescale: " + timescale + " (expected: > 0)");
        }
    }
}
