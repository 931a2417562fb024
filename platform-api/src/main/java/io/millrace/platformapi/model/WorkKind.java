package io.millrace.platformapi.model;

/// What a job asks of a worker.
public final class WorkKind {
    public static final String PROBE = "probe";
    public static final String CONVERT = "convert";
    public static final String THUMBNAIL = "thumbnail";

    /// Several files of one layout into one, without touching their samples; its result is a
    /// probe's.
    public static final String JOIN = "join";

    /// A part of a recording, which may still grow, without touching its samples; its result is a
    /// probe's.
    public static final String CLIP = "clip";

    private WorkKind() {}
}
