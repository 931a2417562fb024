package io.millrace.liveingest.stream;

import java.time.Instant;

/// What others are told about a stream.
///
/// @param index ingest index of the active publisher: 0 primary, 1 backup
/// @param epoch number of the publisher's connection within the stream's life, from 1
public record StreamInfo(
        String entryId,
        String partnerId,
        int index,
        String streamName,
        String app,
        String remoteAddress,
        int epoch,
        Instant startedAt) {
    /// Which of the stream's renditions this is.
    public String rendition() {
        return Renditions.of(entryId, streamName);
    }
}
