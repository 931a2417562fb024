package io.millrace.liveingest.stream;

/// Follows one stream. All calls come on the stream's event loop, in order, and must neither block
/// nor throw; who needs longer keeps a bounded queue and says what it loses.
public interface StreamSubscriber {
    /// What the units from here on consist of. Comes before the first unit, and again whenever it
    /// changes; the next video unit is then a key frame.
    ///
    /// @param discontinuity a new publisher's units follow: nothing before them may be referred to
    void tracks(StreamTracks tracks, boolean discontinuity);

    /// One unit, borrowed.
    void unit(AccessUnit unit);

    /// The publisher's clock jumped; the time line was joined without a gap here.
    void clockJumped();

    /// The publisher is gone; maybe it comes back, with {@link #tracks} first.
    void interrupted();

    /// Nothing follows.
    void ended();
}
