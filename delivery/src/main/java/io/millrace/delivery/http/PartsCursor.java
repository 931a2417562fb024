package io.millrace.delivery.http;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// How far a body of parts is handed over: the part that is next, and what of it is gone. Its event
/// loop only.
final class PartsCursor {
    private final List<HttpBody.Part> parts;
    private int part;
    private long offset;

    PartsCursor(List<HttpBody.Part> parts) {
        this.parts = parts;
    }

    List<HttpBody.Part> parts() {
        return parts;
    }

    /// Index of the part that is next; as many as there are parts at the end.
    int part() {
        return part;
    }

    /// What of it is handed over.
    long offset() {
        return offset;
    }

    /// The part that has bytes left, or null at the end of the body.
    HttpBody.@Nullable Part current() {
        while (part < parts.size() && parts.get(part).sizeBytes() == offset) {
            part++;
            offset = 0;
        }
        return part < parts.size() ? parts.get(part) : null;
    }

    /// Moves on within the current part.
    void advance(long bytes) {
        offset += bytes;
    }

    /// Moves on, over the ends of parts too.
    void skip(long bytes) {
        long left = bytes;
        while (left > 0) {
            long take = Math.min(left, parts.get(part).sizeBytes() - offset);
            offset += take;
            left -= take;
            if (left > 0) {
                part++;
                offset = 0;
            }
        }
    }

    void toEnd() {
        part = parts.size();
        offset = 0;
    }
}
