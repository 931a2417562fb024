package io.millrace.mediaserver.role;

import io.millrace.liveingest.record.RecordingFinished;
import io.millrace.liveingest.record.RecordingSink;
import io.millrace.liveingest.record.RecordingStarted;
import io.millrace.platformapi.client.ApiClientException;
import io.millrace.platformapi.client.PlatformClient;
import io.millrace.platformapi.model.LiveStreamEntry;
import io.millrace.platformapi.model.ServerFileResource;
import io.millrace.storage.blob.BlobKey;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;

/// Tells the platform how recordings go, and hands finished ones over by
/// `liveStream.appendRecording`, which makes an entry of what belongs together. Thread-safe.
final class PlatformRecordings implements RecordingSink {
    private static final Logger LOG = LoggerFactory.getLogger(PlatformRecordings.class);

    /// Values of `recordingStatus`.
    private static final int PAUSED = 1;

    private static final int ACTIVE = 2;

    private final PlatformClient platform;

    PlatformRecordings(PlatformClient platform) {
        this.platform = platform;
    }

    @Override
    public void recordingStarted(RecordingStarted recording) throws IOException {
        LOG.info("recording {} of stream {} started", recording.recordingId(), recording.entryId());
        report(recording, ACTIVE, "");
    }

    @Override
    public void recordingFailed(RecordingStarted recording, String reason) throws IOException {
        report(recording, PAUSED, reason);
    }

    @Override
    public void recordingResumed(RecordingStarted recording) throws IOException {
        report(recording, ACTIVE, "");
    }

    private void report(RecordingStarted recording, int status, String reason) throws IOException {
        var parameters = new HashMap<String, Object>();
        parameters.put("entryId", recording.entryId());
        parameters.put("recordingId", recording.recordingId());
        parameters.put("status", status);
        parameters.put("split", recording.split());
        parameters.put("reason", reason);
        try {
            platform.call("liveStream.reportRecording", parameters, LiveStreamEntry.class);
        } catch (ApiClientException e) {
            throw new IOException(
                    "recording " + recording.recordingId() + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /// Files of one layout become one entry. Another layout (the encoder changed its picture's size
    /// or its codec) cannot be joined to it without decoding: it is an entry of its own, so that
    /// each plays as it was.
    @Override
    public void recordingFinished(RecordingFinished recording) throws IOException {
        List<BlobKey> files = recording.blobKeys();
        int first = recording.layouts().getFirst();
        try {
            for (int i = 0; i < files.size(); i++) {
                int layout = recording.layouts().get(i);
                append(
                        recording,
                        files.get(i),
                        layout == first
                                ? recording.recordingId()
                                : recording.recordingId() + "-" + Integer.toHexString(layout),
                        layout != first);
            }
        } catch (ApiClientException e) {
            throw new IOException(
                    "recording " + recording.recordingId() + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private void append(
            RecordingFinished recording, BlobKey file, String recordingId, boolean split)
            throws ApiClientException, IOException, InterruptedException {
        var resource = new ServerFileResource();
        resource.localFilePath = file.value();
        var parameters = new HashMap<String, Object>();
        parameters.put("entryId", recording.entryId());
        parameters.put("assetId", "");
        parameters.put("mediaServerIndex", "0");
        parameters.put("resource", resource);
        parameters.put(
                "duration",
                recording.blobKeys().size() == 1 ? recording.durationMs() / 1000.0 : 0.0);
        parameters.put("isLastChunk", true);
        parameters.put("recordingId", recordingId);
        parameters.put("split", split);
        platform.call("liveStream.appendRecording", parameters, LiveStreamEntry.class);
    }
}
