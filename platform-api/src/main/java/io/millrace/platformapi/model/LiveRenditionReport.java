package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// How one rendition of a live stream is doing. Ours, not Kaltura's.
public class LiveRenditionReport extends ApiObject {
    public @Nullable String rendition;

    /// Whether somebody publishes it now.
    public @Nullable Boolean publishing;

    /// Whether a backup encoder stands by.
    public @Nullable Boolean standby;

    public @Nullable String publisherAddress;

    /// Null when there is no picture.
    public @Nullable String videoCodec;

    public @Nullable Integer width;
    public @Nullable Integer height;
    public @Nullable Double frameRate;

    /// In kbit/s, of what arrived lately.
    public @Nullable Integer videoBitrate;

    /// In seconds, between the last two.
    public @Nullable Double keyFrameInterval;

    /// Null when there is no sound.
    public @Nullable String audioCodec;

    public @Nullable Integer audioSampleRate;
    public @Nullable Integer audioChannels;
    public @Nullable Integer audioBitrate;

    /// Holes of more than a second in what arrived, since the stream's start.
    public @Nullable Long gaps;

    /// Jumps of the encoder's clock, since the stream's start.
    public @Nullable Long clockJumps;

    /// Units that could not be used, since the stream's start.
    public @Nullable Long dropped;

    /// How much later than at best media arrives.
    public @Nullable Long lagMs;

    public @Nullable List<LiveWarning> warnings;
}
