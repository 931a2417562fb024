package io.millrace.delivery.media;

import io.millrace.delivery.codec.AudioConfig;
import io.millrace.delivery.codec.CodecConfig;
import io.millrace.delivery.codec.VideoConfig;

import org.jspecify.annotations.Nullable;

/// One audio or video track of a file.
///
/// Presentation times are on the movie's timeline, edit list applied: `decodeTime +
/// compositionOffset + presentationShift`, which is negative for priming samples that a decoder
/// wants but nobody hears. `decodeTime + presentationShift` is the decode time on that timeline.
///
/// @param id `track_ID` in the file
/// @param number 1-based position among the file's tracks of its kind: the `v1`, `a2` of URLs
/// @param timescale ticks per second of all times of this track
/// @param language ISO 639-2/T, `und` when not said
/// @param presentationShift what the edit list adds to every time, in ticks
/// @param presentationEnd when the last sample has been shown, in ticks on the presentation
///   timeline
/// @param displayWidth before rotation; 0 for audio
/// @param rotation how players turn the picture
/// @param sampleEntry the codec's box out of `stsd`, verbatim, as fMP4 repeats it
/// @param nalLengthSize bytes of the length before each NAL unit; 0 for codecs without
/// @param startsWithDelimiter whether the first sample opens with an access unit delimiter
public record Track(
        int id,
        TrackKind kind,
        int number,
        CodecConfig codec,
        int timescale,
        String language,
        long presentationShift,
        long presentationEnd,
        int displayWidth,
        int displayHeight,
        Rotation rotation,
        byte[] sampleEntry,
        int nalLengthSize,
        boolean startsWithDelimiter,
        SampleTable samples) {

    public long presentationTime(int sample) {
        return samples.decodeTime(sample) + samples.compositionOffset(sample) + presentationShift;
    }

    public long shiftedDecodeTime(int sample) {
        return samples.decodeTime(sample) + presentationShift;
    }

    public VideoConfig video() {
        return (VideoConfig) codec;
    }

    public AudioConfig audio() {
        return (AudioConfig) codec;
    }

    public boolean isVideo() {
        return kind == TrackKind.VIDEO;
    }

    /// The same track with other samples on another clock.
    ///
    /// @param newShift in `newTimescale`, as `newEnd` is
    public Track with(SampleTable newSamples, int newTimescale, long newShift, long newEnd) {
        return new Track(
                id,
                kind,
                number,
                codec,
                newTimescale,
                language,
                newShift,
                newEnd,
                displayWidth,
                displayHeight,
                rotation,
                sampleEntry,
                nalLengthSize,
                startsWithDelimiter,
                newSamples);
    }

    /// The rate of a video, or null where its samples tell none. A track whose durations differ
    /// among themselves by no more than rounding has the rate of the most frequent one; else it is
    /// the average.
    public @Nullable FrameRate frameRate() {
        long ticks = samples.endTime() - samples.decodeTime(0);
        int typical = samples.typicalDuration();
        if (samples.count() == 0 || ticks <= 0) {
            return null;
        }
        double average = (double) samples.count() * timescale / ticks;
        if (typical > 0) {
            double rate = (double) timescale / typical;
            if (Math.abs(rate - average) < average / 100) {
                return new FrameRate(timescale, typical);
            }
        }
        long milli = Math.round(average * 1000);
        return milli <= 0 || milli > Integer.MAX_VALUE ? null : new FrameRate((int) milli, 1000);
    }

    /// Samples' bytes, all together.
    public long payloadBytes() {
        long sum = 0;
        for (int i = 0; i < samples.count(); i++) {
            sum += samples.size(i);
        }
        return sum;
    }
}
