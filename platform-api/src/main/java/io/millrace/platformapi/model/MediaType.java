package io.millrace.platformapi.model;

/// What a media entry shows.
public final class MediaType {
    public static final int VIDEO = 1;
    public static final int IMAGE = 2;
    public static final int AUDIO = 5;
    public static final int LIVE_STREAM_FLASH = 201;
    public static final int LIVE_STREAM_WINDOWS_MEDIA = 202;
    public static final int LIVE_STREAM_REAL_MEDIA = 203;
    public static final int LIVE_STREAM_QUICKTIME = 204;

    private MediaType() {}
}
