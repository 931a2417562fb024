package io.millrace.delivery.packaging;

import io.millrace.delivery.failure.MediaException;
import io.netty.buffer.ByteBuf;

import java.io.IOException;

/// A segment's bytes, made piece by piece and in order, so that each piece can leave while it is
/// still in the processor's cache and no client costs more memory than one. One thread at a time.
public interface SegmentPieces {
    /// What of a target may be used beside the piece itself.
    int SLACK_BYTES = 64;

    /// Decides on the next piece.
    ///
    /// @param wantedBytes more only where one access unit is larger
    /// @return its size, 0 when the segment is at its end
    int next(int wantedBytes);

    /// Appends the piece that {@link #next} decided on.
    ///
    /// @param target best with room for the piece and {@link #SLACK_BYTES} more, or it may grow
    /// @param residentOnly never to wait for storage, as on an event loop
    /// @return false when that cannot be done, for source bytes are not in memory: nothing was
    ///   appended, and the same piece may be made again
    boolean make(ByteBuf target, boolean residentOnly) throws IOException, MediaException;
}
