package io.millrace.delivery.media;

/// What a track carries; tracks of any other kind are skipped when a file is indexed.
public enum TrackKind {
    VIDEO,
    AUDIO
}
