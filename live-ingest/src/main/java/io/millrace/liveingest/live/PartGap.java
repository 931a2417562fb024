package io.millrace.liveingest.live;

/// What is missing of a track before the media of one of its segments, or instead of it: RFC
/// 8216bis lists it as parts with GAP=YES.
///
/// @param ms how long it is; 0 where nothing is missing
/// @param parts how many parts it is listed as
record PartGap(long ms, int parts) {
    static final PartGap NONE = new PartGap(0, 0);

    /// @param longestPartMs EXT-X-PART-INF's PART-TARGET
    static PartGap of(long ms, long longestPartMs) {
        return ms <= 0 ? NONE : new PartGap(ms, (int) Math.ceilDiv(ms, longestPartMs));
    }

    boolean isNone() {
        return ms == 0;
    }
}
