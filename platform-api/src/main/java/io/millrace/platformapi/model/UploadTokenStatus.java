package io.millrace.platformapi.model;

/// Where an upload is in its life (kaltura-v3 c.5).
public final class UploadTokenStatus {
    public static final int PENDING = 0;
    public static final int PARTIAL_UPLOAD = 1;
    public static final int FULL_UPLOAD = 2;
    public static final int CLOSED = 3;
    public static final int TIMED_OUT = 4;
    public static final int DELETED = 5;

    private UploadTokenStatus() {}
}
