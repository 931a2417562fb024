package io.millrace.liveingest.record;

import io.millrace.storage.failpoint.Failpoints;

import java.util.Locale;

/// The recorder's {@link Failpoints}, in the order in which a recording passes them. A point's name
/// outside is `recording-` and its name here, in small letters with dashes.
enum RecordingPoint {
    BEFORE_MARKER,
    MARKER_PUBLISHED,
    JOURNAL_MADE,
    JOURNAL_OPENED,
    FILE_LISTED,
    FILE_MADE,
    INIT_WRITTEN,
    FRAGMENT_LISTED,
    /// Half of a fragment is in the file.
    FRAGMENT_TORN,
    FRAGMENT_WRITTEN,
    FILE_SYNCED,
    BOTH_SYNCED,
    FILE_CLOSED,
    FINAL_LISTED,
    CLOSED,
    /// The sink has said yes; nothing says so yet.
    ACCEPTED,
    ACCEPTANCE_LISTED,
    /// Recovery: the torn tail is off.
    CUT,
    /// Recovery: the journal has its last line.
    CUT_LISTED;

    private final String point = "recording-" + name().toLowerCase(Locale.ROOT).replace('_', '-');

    String point() {
        return point;
    }

    void reached() {
        Failpoints.reached(point);
    }

    boolean isArmed() {
        return Failpoints.isArmed(point);
    }
}
