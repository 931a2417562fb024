package io.millrace.platformapi.live;

import org.jspecify.annotations.Nullable;

/// A row of `live_entry`: what a live entry has beyond its row in `entry`. {@link #toString} hides
/// the stream's key. Immutable.
public record LiveRow(
        String entryId,
        int partnerId,
        int recordStatus,
        int dvrStatus,
        @Nullable Integer dvrWindowMin,
        String streamToken,
        @Nullable String streamPassword,
        @Nullable String streamName,
        boolean explicitLive,
        int viewMode,
        @Nullable String offlineMessage,
        @Nullable String recordedEntryId,
        int recordings,
        @Nullable Long firstBroadcast,
        @Nullable Long lastBroadcast,
        @Nullable Long lastBroadcastEnd,
        @Nullable Long broadcastStart,
        int recordingStatus,
        @Nullable String recordingProblem) {
    @Override
    public String toString() {
        return "LiveRow[" + entryId + "]";
    }
}
