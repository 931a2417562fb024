package io.millrace.delivery.packaging;

/// The container of a segment.
public enum SegmentFormat {
    TS,
    FMP4
}
