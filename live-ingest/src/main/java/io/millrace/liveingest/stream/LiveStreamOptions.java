package io.millrace.liveingest.stream;

import java.time.Duration;

/// @param resumeWindow how long a source waits for a publisher whose connection broke
/// @param unpublishWindow the same for one that said it stops
public record LiveStreamOptions(
        PublishConflictPolicy conflictPolicy, Duration resumeWindow, Duration unpublishWindow) {}
