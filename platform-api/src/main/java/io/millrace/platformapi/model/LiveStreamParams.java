package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// What one rendition of a live stream consists of.
public class LiveStreamParams extends ApiObject {
    /// In kbit/s, picture and sound.
    public @Nullable Integer bitrate;

    /// The rendition's name, as in the stream's playlists.
    public @Nullable String flavorId;

    public @Nullable Integer width;
    public @Nullable Integer height;
    public @Nullable String codec;
    public @Nullable Integer frameRate;

    /// In seconds.
    public @Nullable Double keyFrameInterval;

    public @Nullable String language;
}
