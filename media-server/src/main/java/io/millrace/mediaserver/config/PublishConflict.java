package io.millrace.mediaserver.config;

/// What a second publisher meets.
public enum PublishConflict {
    TAKE_OVER,
    REFUSE
}
