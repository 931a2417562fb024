package io.millrace.liveingest.gate;

import io.millrace.storage.sign.PathSigner;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/// How a node that fetches a stream for its viewers shows that it is one: whoever asks like this is
/// not asked about, as those he asks for have been. A link's token proves nothing: viewers have
/// those, too.
public final class NodeToken {
    /// Of the request. A node without keys writes something else: it says what it is, and is not
    /// believed.
    public static final String HEADER = "X-Millrace-Edge";

    /// No stream has such a name, so no viewer has a token for it.
    private static final String SIGNED = "nodes:watch/";

    private NodeToken() {}

    /// @param signer of the installation's keys
    public static String sign(PathSigner signer, String stream, Instant expiry) {
        return signer.sign(SIGNED + stream + "/", expiry);
    }

    /// @param token as a request has it; null when it has none
    /// @param signer null: nobody is believed
    public static boolean isRight(
            @Nullable String token, @Nullable PathSigner signer, String stream, Instant now) {
        return token != null
                && signer != null
                && signer.verify(token, SIGNED + stream + "/", now) == PathSigner.Verdict.VALID;
    }
}
