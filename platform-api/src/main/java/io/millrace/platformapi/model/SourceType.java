package io.millrace.platformapi.model;

/// Where an entry's content came from.
public final class SourceType {
    public static final int FILE = 1;
    public static final int WEBCAM = 2;
    public static final int URL = 5;
    public static final int SEARCH_PROVIDER = 6;
    public static final int MANUAL_LIVE_STREAM = 30;
    public static final int LIVE_STREAM = 32;
    public static final int LIVE_CHANNEL = 33;
    public static final int RECORDED_LIVE = 34;
    public static final int CLIP = 35;
    public static final int KALTURA_RECORDED_LIVE = 36;

    private SourceType() {}
}
