package io.millrace.liveingest.play;

import io.millrace.storage.sign.PathSigner;
import io.netty.util.NetUtil;

import org.jspecify.annotations.Nullable;

import java.net.InetAddress;
import java.time.Clock;
import java.util.List;

/// Whether somebody may watch: with a token that is signed for the entry's path (`{entryId}/`), the
/// same that opens its playlists, or without one where that is allowed. Thread-safe.
public final class PlayAccess {
    /// How the question is answered.
    public enum Verdict {
        ALLOWED(""),
        NEEDS_TOKEN("This stream needs a signed link."),
        EXPIRED("This link has expired."),
        WRONG_TOKEN("This link is not signed for this stream.");

        private final String message;

        Verdict(String message) {
            this.message = message;
        }

        /// For the person who watches.
        public String message() {
            return message;
        }
    }

    private final @Nullable PathSigner signer;
    private final boolean allowUnsigned;
    private final Clock clock;

    public PlayAccess(@Nullable PathSigner signer, boolean allowUnsigned, Clock clock) {
        this.signer = signer;
        this.allowUnsigned = allowUnsigned;
        this.clock = clock;
    }

    /// @param token null when there is none
    public Verdict check(@Nullable String token, String entryId, InetAddress address) {
        if (token == null) {
            return allowUnsigned ? Verdict.ALLOWED : Verdict.NEEDS_TOKEN;
        }
        if (signer == null) {
            return Verdict.WRONG_TOKEN;
        }
        return switch (signer.verify(
                token, List.of(entryId + "/"), clock.instant(), NetUtil.toAddressString(address))) {
            case VALID -> Verdict.ALLOWED;
            case EXPIRED -> Verdict.EXPIRED;
            case INVALID, OTHER_ADDRESS -> Verdict.WRONG_TOKEN;
        };
    }
}
