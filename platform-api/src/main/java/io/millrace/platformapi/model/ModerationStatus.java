package io.millrace.platformapi.model;

/// What a moderator said of an entry.
public final class ModerationStatus {
    public static final int PENDING_MODERATION = 1;
    public static final int APPROVED = 2;
    public static final int REJECTED = 3;
    public static final int DELETED = 4;
    public static final int FLAGGED_FOR_REVIEW = 5;
    public static final int AUTO_APPROVED = 6;

    private ModerationStatus() {}
}
