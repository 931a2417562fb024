package io.millrace.liveingest.live;

import org.jspecify.annotations.Nullable;

/// Where the segments of a stream's renditions lie, for one that comes later: it takes the numbers
/// of those that run and is cut where they are, so that players change between them without a gap.
@FunctionalInterface
public interface SegmentGrid {
    /// A stream's only rendition, or its first.
    SegmentGrid NONE = _ -> null;

    /// A segment of the others.
    ///
    /// @param startMs where it starts on the stream's time line
    /// @param discontinuities from the first segment on, with one that it begins with
    record Place(long segment, long startMs, long discontinuities) {}

    /// The segment that is running there; null where no other rendition has any media. On the
    /// stream's event loop.
    @Nullable Place at(long timeMs);
}
