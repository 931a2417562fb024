package io.millrace.liveingest.record;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.liveingest.live.LiveOutput;
import io.millrace.liveingest.stream.LiveMetrics;
import io.millrace.storage.blob.LocalBlobStore;
import io.millrace.storage.failpoint.Failpoints;

import java.io.IOException;
import java.nio.file.Path;

/// A recorder of which nobody hears, whose recording is thrown away: what the first real one would
/// wait for is loaded then. It writes to the node's own temporary folder, as shared storage may be
/// away at the start. One thread.
public final class RehearsedRecorder implements AutoCloseable {
    private static final String ENTRY = "rehearsal";
    private static final long PATIENCE_MS = 2000;

    private final Path folder;
    private final Recorder recorder;

    public RehearsedRecorder(LiveMetrics metrics, MeterRegistry meters) throws IOException {
        RehearsalFolders folders = RehearsalFolders.ofThisProcess();
        folder = folders.make();
        folders.sweep(folder);
        var options = RecordingOptions.of(ENTRY);
        var writer =
                new RecordingWriter(
                        ENTRY,
                        "",
                        new LocalBlobStore(folder, meters),
                        options,
                        metrics,
                        new Unheard(),
                        (_, _, _) -> {},
                        null);
        recorder =
                new Recorder(
                        ENTRY,
                        options,
                        metrics,
                        (queue, queuedMs) ->
                                Failpoints.uncounted(() -> writer.run(queue, queuedMs)));
    }

    public LiveOutput output() {
        return recorder;
    }

    Path folder() {
        return folder;
    }

    private static final class Unheard implements RecordingWriter.Listener {
        @Override
        public void opening(RecordingStarted recording) {}

        @Override
        public void started(RecordingStarted recording) {}

        @Override
        public void trouble(RecordingStarted recording, String reason) {}

        @Override
        public void resumed(RecordingStarted recording) {}

        @Override
        public void finished(RecordingFinished recording) {}

        @Override
        public void letGo(RecordingStarted recording) {}

        @Override
        public void left(LeftRecording recording, boolean goesOn) {}
    }

    /// Waits, not for long, until all is written, and removes it. Its stream has ended.
    @Override
    public void close() throws IOException {
        try {
            recorder.awaitDone(PATIENCE_MS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        RehearsalFolders.remove(folder);
    }
}
