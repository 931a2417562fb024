package io.millrace.liveingest.stream;

/// Whether a publisher got its stream.
public sealed interface PublishResult {
    record Accepted(StreamPublisher publisher) implements PublishResult {}

    /// Somebody else has it and keeps it ({@link PublishConflictPolicy#REFUSE}).
    record Busy() implements PublishResult {}

    /// This server is going down.
    record ShuttingDown() implements PublishResult {}
}
