package io.millrace.platformapi.model;

/// Whether players of a live stream may go back.
public final class DvrStatus {
    public static final int DISABLED = 0;
    public static final int ENABLED = 1;

    private DvrStatus() {}
}
