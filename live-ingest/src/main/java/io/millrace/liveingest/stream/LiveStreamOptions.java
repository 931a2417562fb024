package io.millrace.liveingest.stream;

import io.millrace.liveingest.flv.FlvCodec;

import java.time.Duration;
import java.util.Set;

/// @param supported codecs that what follows can package; others are dropped with one warning
public record LiveStreamOptions(
        PublishConflictPolicy conflictPolicy,
        Duration resumeWindow,
        Duration unpublishWindow,
        Set<FlvCodec> supported) {
    public LiveStreamOptions {
        supported = Set.copyOf(supported);
    }
}
