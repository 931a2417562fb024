package io.millrace.delivery.vod;

import io.millrace.delivery.mapping.OpenMedia;

import java.time.Duration;
import java.time.Instant;

/// How long clients may keep an answer without asking again; its entity tag always tells versions
/// apart.
enum Freshness {
    /// The files' names tell their versions, so what is below a URL never changes. Playlists are
    /// asked for again sooner, because a new release may write them better.
    FOR_GOOD("public, max-age=31536000, immutable", "public, max-age=600"),

    /// The files may be replaced under their names.
    FOR_A_WHILE("public, max-age=3600", "public, max-age=60"),

    /// A file was written a moment ago and may be growing: its last segment will be another one.
    CHANGING("no-cache", "no-cache");

    /// How long a file must have been left alone to be taken for finished.
    private static final Duration SETTLED = Duration.ofSeconds(30);

    private final String segments;
    private final String documents;

    Freshness(String segments, String documents) {
        this.segments = segments;
        this.documents = documents;
    }

    static Freshness of(OpenMedia media, Instant now) {
        if (media.lastModified().isAfter(now.minus(SETTLED)) && media.mayGrow()) {
            return CHANGING;
        }
        return media.isVersioned() ? FOR_GOOD : FOR_A_WHILE;
    }

    /// `Cache-Control` of segments and init segments.
    String ofSegments() {
        return segments;
    }

    /// `Cache-Control` of playlists, manifests and texts.
    String ofDocuments() {
        return documents;
    }
}
