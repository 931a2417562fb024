package io.millrace.platformapi.model;

/// Where a thumbnail is in its life (kaltura-v3 c.4).
public final class ThumbAssetStatus {
    public static final int ERROR = -1;
    public static final int QUEUED = 0;
    public static final int CAPTURING = 1;
    public static final int READY = 2;
    public static final int DELETED = 3;

    private ThumbAssetStatus() {}
}
