package io.millrace.platformapi.model;

/// What a job asks of a worker.
public final class WorkKind {
    public static final String PROBE = "probe";
    public static final String CONVERT = "convert";
    public static final String THUMBNAIL = "thumbnail";

    private WorkKind() {}
}
