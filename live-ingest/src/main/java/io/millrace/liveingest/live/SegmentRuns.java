package io.millrace.liveingest.live;

import io.millrace.delivery.dash.XmlWriter;

/// Writes a SegmentTimeline's segments, ISO/IEC 23009-1 §5.3.9.6: a run of equal ones becomes one
/// `S`, and only what does not follow on the one before says where it starts.
final class SegmentRuns {
    private final XmlWriter xml;
    private long start = -1;
    private long length;
    private long repeats;
    private long end = -1;

    SegmentRuns(XmlWriter xml) {
        this.xml = xml;
    }

    /// In the timescale of the track.
    void add(long at, long ticks) {
        if (at == end && ticks == length) {
            repeats++;
        } else {
            boolean follows = at == end;
            write();
            start = follows ? -1 : at;
            length = ticks;
            repeats = 0;
        }
        end = at + ticks;
    }

    /// Writes the last run: nothing is added any more.
    void write() {
        if (end < 0) {
            return;
        }
        xml.open("S");
        if (start >= 0) {
            xml.attribute("t", start);
        }
        xml.attribute("d", length);
        if (repeats > 0) {
            xml.attribute("r", repeats);
        }
        xml.close();
    }
}
