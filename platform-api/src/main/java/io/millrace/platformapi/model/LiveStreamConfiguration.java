package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// One way in which a live stream can be had.
public class LiveStreamConfiguration extends ApiObject {
    public @Nullable String protocol;
    public @Nullable String url;
    public @Nullable String publishUrl;
    public @Nullable String backupUrl;
    public @Nullable String streamName;
}
