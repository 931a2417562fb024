package io.millrace.liveingest.live;

import java.util.List;

/// Where packaged media goes: the live window, the recorder. All calls come on the stream's event
/// loop, in order, and must not block.
public interface LiveOutput {
    /// What the parts from here on consist of.
    ///
    /// @param init the init segment of all tracks
    /// @param discontinuity false only before the very first part
    void tracks(List<LiveTrack> tracks, byte[] init, boolean discontinuity);

    void part(LivePart part);

    /// The parts since the last end make a whole segment.
    void segmentEnd();

    /// The next segment does not follow seamlessly from the last.
    void discontinuity();

    /// Nothing comes for now.
    void interrupted();

    /// Nothing comes any more.
    void ended();
}
