package io.millrace.liveingest.live;

/// A request that waits for what a track will have. Its exchange's event loop only.
interface HeldRequest {
    /// Answers when the track has what is waited for.
    ///
    /// @param shared what others get at this moment; borrowed
    /// @return whether it need not wait any more
    boolean answer(TrackState now, SharedFragment shared);

    /// It has waited for too long: answers that.
    void expire();

    /// Whether the client has gone away.
    boolean isGone();
}
