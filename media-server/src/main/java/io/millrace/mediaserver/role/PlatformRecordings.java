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

/// Hands finished recordings to the platform by `liveStream.appendRecording`, which makes an entry
/// of each. Thread-safe.
final class PlatformRecordings implements RecordingSink {
    private static final Logger LOG = LoggerFactory.getLogger(PlatformRecordings.class);

    private final PlatformClient platform;

    PlatformRecordings(PlatformClient platform) {
        this.platform = platform;
    }

    @Override
    public void recordingStarted(RecordingStarted recording) {
        LOG.info("recording {} of stream {} started", recording.recordingId(), recording.entryId());
    }

    @Override
    public void recordingFinished(RecordingFinished recording) throws IOException {
        List<BlobKey> files = recording.blobKeys();
        try {
            for (int i = 0; i < files.size(); i++) {
                // A change of codec parameters starts a new file: its own recording, so that each
                // plays as it was.
                append(
                        recording,
                        files.get(i),
                        i == 0 ? recording.recordingId() : recording.recordingId() + "-" + (i + 1));
            }
        } catch (ApiClientException e) {
            throw new IOException(
                    "recording " + recording.recordingId() + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private void append(RecordingFinished recording, BlobKey file, String recordingId)
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
        platform.call("liveStream.appendRecording", parameters, LiveStreamEntry.class);
    }
}
