package io.millrace.platformapi.model;

/// Where a job is in its life; the last three are final.
public final class JobState {
    public static final String PENDING = "PENDING";
    public static final String RUNNING = "RUNNING";
    public static final String FINISHED = "FINISHED";
    public static final String FAILED = "FAILED";
    public static final String ABORTED = "ABORTED";

    private JobState() {}
}
