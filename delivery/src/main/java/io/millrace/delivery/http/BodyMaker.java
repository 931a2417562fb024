package io.millrace.delivery.http;

import io.netty.buffer.ByteBuf;

import java.io.IOException;

/// Makes the bytes of a part while the client takes them, piece by piece and in order: no more than
/// a piece is in memory. Made for one reply; one thread at a time, the event loop or one that may
/// wait.
public interface BodyMaker {
    /// What of a target may be used beside the piece itself while it is made.
    int SLACK_BYTES = 64;

    /// Decides on the next piece.
    ///
    /// @param wantedBytes more only where it must be
    /// @return its size; at least 1 as long as the part is not at its end
    int next(int wantedBytes);

    /// Appends the piece that {@link #next} decided on.
    ///
    /// @param target has room for the piece and {@link #SLACK_BYTES} more
    /// @param residentOnly never to wait for storage, as on an event loop
    /// @return false when that cannot be done, for source bytes are not in memory: nothing was
    ///   appended, and the same piece may be made again
    boolean make(ByteBuf target, boolean residentOnly) throws IOException;
}
