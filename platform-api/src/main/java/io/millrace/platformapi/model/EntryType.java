package io.millrace.platformapi.model;

/// What kind of thing an entry is.
public final class EntryType {
    public static final int AUTOMATIC = -1;
    public static final int MEDIA_CLIP = 1;
    public static final int MIX = 2;
    public static final int PLAYLIST = 5;
    public static final int DATA = 6;
    public static final int LIVE_STREAM = 7;
    public static final int LIVE_CHANNEL = 8;
    public static final int DOCUMENT = 10;

    private EntryType() {}
}
