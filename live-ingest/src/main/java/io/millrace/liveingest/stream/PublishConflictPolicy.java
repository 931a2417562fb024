package io.millrace.liveingest.stream;

/// What happens to a second publisher of a stream that has one. Both were authorised.
public enum PublishConflictPolicy {
    /// The newest wins at once and the old connection is closed: a half-open connection must not
    /// lock the owner out.
    TAKE_OVER,
    /// The newcomer is refused until the first has left.
    REFUSE
}
