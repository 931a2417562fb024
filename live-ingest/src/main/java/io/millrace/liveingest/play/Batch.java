package io.millrace.liveingest.play;

import io.millrace.delivery.http.SharedPiece;
import io.millrace.liveingest.stream.StreamTracks;

import org.jspecify.annotations.Nullable;

/// What goes to every viewer of a kind in one write: tags of some milliseconds, framed once.
/// Counted like its pieces; thread-safe.
///
/// @param firstTimeMs the earliest unit's decode time
/// @param lastTimeMs the latest's
/// @param start what a viewer that starts here needs first; null where none can start
record Batch(SharedPiece tags, long firstTimeMs, long lastTimeMs, @Nullable Start start) {

    /// @param opening null for framings that have none
    record Start(StreamTracks tracks, @Nullable SharedPiece opening, SharedPiece configuration) {}

    int bytes() {
        return tags.bytes();
    }

    Batch retain() {
        tags.retain();
        if (start != null) {
            start.configuration().retain();
            if (start.opening() != null) {
                start.opening().retain();
            }
        }
        return this;
    }

    void release() {
        tags.release();
        if (start != null) {
            start.configuration().release();
            if (start.opening() != null) {
                start.opening().release();
            }
        }
    }
}
