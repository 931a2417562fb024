package io.millrace.delivery.http;

import org.jspecify.annotations.Nullable;

/// A reply of status 200 rendered once and sent often: playlists, manifests, init segments.
///
/// Body and head are ready-to-write bytes, plain and (for text types) compressed. Immutable,
/// thread-safe, on the heap: a cache may drop it without closing anything.
public final class PreparedReply {
    private final HttpReply template;

    private PreparedReply(HttpReply template) {
        this.template = template;
    }

    /// @param reply status 200, with a {@link HttpBody.Bytes} body
    public static PreparedReply of(HttpReply reply) {
        if (reply.status() != 200 || !(reply.body() instanceof HttpBody.Bytes)) {
            throw new IllegalArgumentException("reply: (expected: 200 with Bytes)");
        }
        return new PreparedReply(reply);
    }

    public @Nullable String etag() {
        return template.etag();
    }

    /// For a cache that is bounded by weight.
    public int sizeBytes() {
        return ((HttpBody.Bytes) template.body()).bytes().length;
    }
}
