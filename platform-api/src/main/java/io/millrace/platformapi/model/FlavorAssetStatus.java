package io.millrace.platformapi.model;

/// Where a flavor is in its life (kaltura-v3 c.3).
public final class FlavorAssetStatus {
    public static final int ERROR = -1;
    public static final int QUEUED = 0;
    public static final int CONVERTING = 1;
    public static final int READY = 2;
    public static final int DELETED = 3;
    public static final int NOT_APPLICABLE = 4;

    private FlavorAssetStatus() {}
}
