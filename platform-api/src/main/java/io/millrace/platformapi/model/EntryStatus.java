package io.millrace.platformapi.model;

/// Where an entry is in its life (kaltura-v3 c.2).
public final class EntryStatus {
    public static final int ERROR_IMPORTING = -2;
    public static final int ERROR_CONVERTING = -1;
    public static final int IMPORT = 0;
    public static final int PRECONVERT = 1;
    public static final int READY = 2;
    public static final int DELETED = 3;
    public static final int PENDING = 4;
    public static final int MODERATE = 5;
    public static final int BLOCKED = 6;
    public static final int NO_CONTENT = 7;

    private EntryStatus() {}
}
