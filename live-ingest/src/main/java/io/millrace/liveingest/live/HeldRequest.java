package io.millrace.liveingest.live;

/// A request that waits for what a track will have. Its exchange's event loop only.
interface HeldRequest {
    /// Answers when the track has what is waited for.
    ///
    /// @return whether it need not wait any more
    boolean answer(TrackState now);

    /// It has waited for too long: answers that.
    void expire();

    /// Whether the client has gone away.
    boolean isGone();
}
