package io.millrace.liveingest.stream;

import java.util.ArrayDeque;

/// The units since the last key frame, so that a newcomer has a picture at once.
///
/// Bounded by bytes and units; a group of pictures that passes the bound is not kept at all. Its
/// stream's event loop only.
final class KeyFrameCache {
    static final long MAX_BYTES = 16 << 20;
    static final int MAX_UNITS = 2500;

    private final ArrayDeque<AccessUnit> units = new ArrayDeque<>();
    private long bytes;
    private boolean complete;

    /// Borrows `unit`; what is kept is retained.
    void add(AccessUnit unit, boolean streamHasVideo) {
        boolean starts = unit.isVideo() ? unit.keyFrame() : !streamHasVideo;
        if (starts) {
            clear();
            complete = true;
        }
        int size = unit.data().readableBytes();
        if (!complete) {
            return;
        }
        if (bytes + size > MAX_BYTES || units.size() == MAX_UNITS) {
            clear();
            return;
        }
        unit.data().retain();
        units.add(unit);
        bytes += size;
    }

    /// Shows a newcomer all of it; units are borrowed.
    void replayTo(StreamSubscriber subscriber) {
        units.forEach(subscriber::unit);
    }

    void clear() {
        units.forEach(unit -> unit.data().release());
        units.clear();
        bytes = 0;
        complete = false;
    }
}
