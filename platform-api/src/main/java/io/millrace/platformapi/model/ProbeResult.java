package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// What a file is, by its probe.
public class ProbeResult extends WorkResult {
    /// Short name: mp4, matroska, mpegts, mp3, png …
    public @Nullable String containerFormat;

    public @Nullable Long durationMs;
    public @Nullable Long sizeBytes;

    /// Of the whole file.
    public @Nullable Integer bitrateKbps;

    /// Null when there is no picture.
    public @Nullable String videoCodec;

    /// In display orientation: rotation applied, square pixels.
    public @Nullable Integer width;

    public @Nullable Integer height;
    public @Nullable Double frameRate;
    public @Nullable Integer videoBitrateKbps;

    /// Null when there is no sound.
    public @Nullable String audioCodec;

    public @Nullable Integer audioChannels;
    public @Nullable Integer audioSampleRate;
    public @Nullable Integer audioBitrateKbps;

    /// A picture, not a film.
    public @Nullable Boolean stillImage;
}
