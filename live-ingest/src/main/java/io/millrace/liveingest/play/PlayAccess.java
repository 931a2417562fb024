package io.millrace.liveingest.play;

import io.millrace.storage.sign.PathSigner;
import io.netty.util.NetUtil;

import org.jspecify.annotations.Nullable;

import java.net.InetAddress;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

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

    /// Which of the streams that a name may mean is played.
    public sealed interface Choice {
        record Chosen(StreamName name) implements Choice {}

        /// @param message for the person who watches
        record Refused(String message) implements Choice {}

        /// It is no name of a stream.
        record NoName() implements Choice {}
    }

    private final @Nullable PathSigner signer;
    private final boolean allowUnsigned;
    private final Clock clock;
    private final PlayGate gate;

    /// @param gate asked when the token is right
    public PlayAccess(
            @Nullable PathSigner signer, boolean allowUnsigned, Clock clock, PlayGate gate) {
        this.signer = signer;
        this.allowUnsigned = allowUnsigned;
        this.clock = clock;
        this.gate = gate;
    }

    /// The second question, about a name that was {@link Choice.Chosen}: why this player may not
    /// watch, for the person; empty when he may.
    public CompletionStage<Optional<String>> refusal(
            StreamName name, ViewerKind kind, @Nullable InetAddress address) {
        return gate.refusal(name, kind, address);
    }

    /// @param token null when there is none
    public Verdict check(@Nullable String token, String entryId, @Nullable InetAddress address) {
        if (token == null) {
            return allowUnsigned ? Verdict.ALLOWED : Verdict.NEEDS_TOKEN;
        }
        if (signer == null) {
            return Verdict.WRONG_TOKEN;
        }
        return switch (signer.verify(
                token,
                List.of(entryId + "/"),
                clock.instant(),
                address == null ? null : NetUtil.toAddressString(address))) {
            case VALID -> Verdict.ALLOWED;
            case EXPIRED -> Verdict.EXPIRED;
            case INVALID, OTHER_ADDRESS -> Verdict.WRONG_TOKEN;
        };
    }

    /// Chooses among what a name may mean: what may be watched, and of that what is live.
    public Choice choose(
            List<StreamName> names,
            @Nullable String token,
            @Nullable InetAddress address,
            FanOut fanOut) {
        StreamName chosen = null;
        Verdict refusal = Verdict.WRONG_TOKEN;
        for (StreamName name : names) {
            Verdict verdict = check(token, name.entryId(), address);
            if (verdict != Verdict.ALLOWED) {
                refusal = refusal == Verdict.WRONG_TOKEN ? verdict : refusal;
            } else if (chosen == null || (!fanOut.knows(chosen) && fanOut.knows(name))) {
                chosen = name;
            }
        }
        if (names.isEmpty()) {
            return new Choice.NoName();
        }
        return chosen == null ? new Choice.Refused(refusal.message()) : new Choice.Chosen(chosen);
    }
}
