package io.millrace.platformapi.model;

/// Whether a live stream is recorded, and whether each session makes its own entry.
public final class RecordStatus {
    public static final int DISABLED = 0;
    public static final int APPENDED = 1;
    public static final int PER_SESSION = 2;

    private RecordStatus() {}
}
