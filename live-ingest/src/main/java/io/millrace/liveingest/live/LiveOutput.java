package io.millrace.liveingest.live;

import java.util.List;

/// Where a source's packaged media goes: the live window, the recorder. All calls come on the
/// stream's event loop, in order, and must not block.
///
/// Tracks run side by side: the audio of a segment may be complete after the next segment's first
/// pictures. Within a track everything is in order.
public interface LiveOutput {
    /// What the fragments from here on consist of.
    ///
    /// @param discontinuity false only before the very first fragment
    void tracks(List<LiveTrack> tracks, boolean discontinuity);

    /// Where the very first fragment's segment lies, when that is not the number it was made with.
    default void begins(SegmentGrid.Place place) {}

    void fragment(LiveFragment fragment);

    /// The track's fragments of this segment make it whole; there may be none (a hole in the
    /// sound).
    ///
    /// @param startMs and endMs where the segment lies on the stream's time line, by the leading
    ///   track
    void segmentEnd(LiveTrack track, long segment, long startMs, long endMs);

    /// This segment, of which nothing has come yet, does not follow seamlessly from the last.
    void discontinuity(long segment);

    /// Nothing comes for now.
    void interrupted();

    /// Nothing comes any more.
    void ended();
}
