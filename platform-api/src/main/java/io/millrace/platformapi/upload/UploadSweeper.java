package io.millrace.platformapi.upload;

import java.time.Duration;
import java.time.InstantSource;

/// Goes on with hand-overs that a node left in the middle, and gives up uploads that their clients
/// left. May run on every node at once. Thread-safe.
public final class UploadSweeper {
    private final Uploads uploads;
    private final UploadedContent content;
    private final Duration lifetime;
    private final InstantSource clock;

    public UploadSweeper(
            Uploads uploads, UploadedContent content, Duration lifetime, InstantSource clock) {
        this.uploads = uploads;
        this.content = content;
        this.lifetime = lifetime;
        this.clock = clock;
    }

    public void run() {
        content.resumeStuck();
        uploads.timeOut(clock.instant().minus(lifetime).getEpochSecond());
    }
}
