package io.millrace.liveingest.past;

import io.millrace.storage.blob.BlobKey;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Where the files lie, flat, as folders would stay behind:
///
///     content/live-past/{node}/{run}-{number}-{entryId}-{track}.m4s   fragments of one track
///     content/live-past/{node}/{run}.alive                            grows while that run lives
///
/// A run is one process: `20260101-120000-89abcdef`.
final class PastKeys {
    static final BlobKey ALL = BlobKey.of("content/live-past");

    private static final int MAX_ENTRY = 100;
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final Pattern KEY =
            Pattern.compile(
                    Pattern.quote(ALL.value())
                            + "/(?<node>[^/]+)/(?<run>[0-9]{8}-[0-9]{6}-[0-9a-f]{8})"
                            + "(?:\\.alive|-[^/]+\\.m4s)");

    /// Whose files these are.
    record Run(String node, String id) {
        BlobKey alive() {
            return of(node).child(id + ".alive");
        }

        BlobKey file(long number, String entryId, String track) {
            String entry = entryId.substring(0, Math.min(MAX_ENTRY, entryId.length()));
            return of(node).child(id + '-' + number + '-' + entry + '-' + track + ".m4s");
        }
    }

    private PastKeys() {}

    static BlobKey of(String node) {
        return ALL.child(node);
    }

    static Run newRun(String node, Instant now) {
        long random = ThreadLocalRandom.current().nextLong() & 0xFFFF_FFFFL;
        return new Run(node, TIME.format(now) + String.format(Locale.ROOT, "-%08x", random));
    }

    /// Null for what is not ours.
    static @Nullable Run run(BlobKey key) {
        Matcher matcher = KEY.matcher(key.value());
        return matcher.matches() ? new Run(matcher.group("node"), matcher.group("run")) : null;
    }
}
