package io.millrace.liveingest.edge;

import io.millrace.storage.sign.PathSigner;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/// Makes the URLs by which this node asks another for a stream: with a token of its own, so that
/// viewers with different tokens want the same thing.
final class Origin {
    /// Says that the asking node will not be helped by being sent on.
    static final String HEADER = "X-Millrace-Edge";

    private static final Duration TOKEN_LIFE = Duration.ofHours(2);

    private final @Nullable PathSigner signer;
    private final InstantSource clock;

    Origin(@Nullable PathSigner signer, InstantSource clock) {
        this.signer = signer;
        this.clock = clock;
    }

    /// @param name `master.m3u8` and the like; `.flv` is asked for as HTTP-FLV names it
    URI url(URI node, String entryId, String name, String query) {
        String token = "";
        if (signer != null) {
            // Whole hours, so that the URL is the same for a while.
            long hours = clock.instant().plus(TOKEN_LIFE).getEpochSecond() / 3600 + 1;
            token = "s/" + signer.sign(entryId + "/", Instant.ofEpochSecond(hours * 3600)) + "/";
        }
        String path =
                name.equals(".flv")
                        ? entryId + name
                        : name.endsWith(".flv") ? entryId + "_" + name : entryId + "/" + name;
        return URI.create(node + "/live/" + token + path + (query.isEmpty() ? "" : "?" + query));
    }
}
