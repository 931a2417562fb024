package io.millrace.liveingest.stream;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;

/// How a source is doing: what it consists of, what arrives, and what its broadcaster should know.
///
/// @param live whether somebody publishes it now
/// @param publisher who does, or did last
/// @param standby whether a backup encoder stands by
/// @param gaps holes of more than a second in what arrived, since the stream's start
/// @param clockJumps of the encoder's clock, since the stream's start
/// @param dropped units that could not be used, since the stream's start
/// @param lagMs how much more the media lags behind the wall clock than it did at best: a line that
///   is too slow
public record SourceReport(
        String rendition,
        boolean live,
        @Nullable StreamInfo publisher,
        boolean standby,
        @Nullable Video video,
        @Nullable Audio audio,
        long gaps,
        long clockJumps,
        long dropped,
        long lagMs,
        List<Warning> warnings,
        Instant at) {

    /// @param codec as RFC 6381 has it, or the FourCC when its configuration cannot be read
    /// @param width and height 0 when not known
    /// @param keyFrameIntervalMs between the last two; 0 before the second one
    public record Video(
            String codec,
            int width,
            int height,
            double framesPerSecond,
            long bitsPerSecond,
            long keyFrameIntervalMs) {}

    public record Audio(String codec, int sampleRate, int channels, long bitsPerSecond) {}

    /// @param code stable, for programs
    /// @param text for the broadcaster
    public record Warning(String code, String text) {}
}
