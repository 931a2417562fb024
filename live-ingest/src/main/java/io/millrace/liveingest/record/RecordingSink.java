package io.millrace.liveingest.record;

import java.io.IOException;

/// Who is told of recordings: the platform. Called on virtual threads, may block.
public interface RecordingSink {
    /// For a server without a platform: recordings just stay where they are.
    RecordingSink NONE =
            new RecordingSink() {
                @Override
                public void recordingStarted(RecordingStarted recording) {}

                @Override
                public void recordingFinished(RecordingFinished recording) {}
            };

    /// A recording grows from now on. A failure is logged and not repeated: {@link
    /// #recordingFinished} says all of it again.
    void recordingStarted(RecordingStarted recording) throws IOException;

    /// A recording is complete. Repeated with growing pauses, over restarts too, until it returns;
    /// so the same recording may come more than once and the answer must then be the same.
    void recordingFinished(RecordingFinished recording) throws IOException;

    /// A recording stopped while its stream went on (disk full, storage too slow).
    default void recordingFailed(RecordingStarted recording, String reason) throws IOException {}

    /// It goes on after that.
    default void recordingResumed(RecordingStarted recording) throws IOException {}
}
