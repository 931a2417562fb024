package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// A rendition of a live stream, for players that choose by bit rate.
public class LiveStreamBitrate extends ApiObject {
    /// In kbit/s.
    public @Nullable Integer bitrate;

    public @Nullable Integer width;
    public @Nullable Integer height;
    public @Nullable String tags;
}
