package io.millrace.liveingest.hook;

import io.millrace.liveingest.record.RecordingFinished;
import io.millrace.liveingest.record.RecordingSink;
import io.millrace.liveingest.record.RecordingStarted;
import io.millrace.storage.blob.BlobKey;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/// Tells the operator's program of recordings when those it belongs to have been told. Thread-safe.
public final class HookedRecordings implements RecordingSink {
    private final RecordingSink others;
    private final LiveHooks hooks;

    public HookedRecordings(RecordingSink others, LiveHooks hooks) {
        this.others = others;
        this.hooks = hooks;
    }

    @Override
    public void recordingStarted(RecordingStarted recording) throws IOException {
        others.recordingStarted(recording);
        hooks.tell("record-started", about(recording));
    }

    private static Map<String, Object> about(RecordingStarted recording) {
        var about = new LinkedHashMap<String, Object>();
        about.put("stream", recording.entryId());
        about.put("recording", recording.recordingId());
        about.put("file", recording.firstBlobKey().value());
        about.put("startedAt", recording.startedAt().toString());
        return about;
    }

    @Override
    public void recordingFinished(RecordingFinished recording) throws IOException {
        others.recordingFinished(recording);
        var about = new LinkedHashMap<String, Object>();
        about.put("stream", recording.entryId());
        about.put("recording", recording.recordingId());
        about.put("files", recording.blobKeys().stream().map(BlobKey::value).toList());
        about.put("durationMs", recording.durationMs());
        about.put("sizeBytes", recording.sizeBytes());
        about.put("startedAt", recording.startedAt().toString());
        about.put("recovered", recording.recovered());
        hooks.tell("record-finished", about);
    }

    @Override
    public void recordingFailed(RecordingStarted recording, String reason) throws IOException {
        others.recordingFailed(recording, reason);
        Map<String, Object> about = about(recording);
        about.put("reason", reason);
        hooks.tell("record-failed", about);
    }

    @Override
    public void recordingResumed(RecordingStarted recording) throws IOException {
        others.recordingResumed(recording);
        hooks.tell("record-resumed", about(recording));
    }
}
