package io.millrace.liveingest.play;

import io.millrace.liveingest.gate.NodeToken;
import io.millrace.liveingest.gate.PlayGate;
import io.millrace.liveingest.gate.PlayQuestion;
import io.millrace.liveingest.gate.Player;
import io.millrace.storage.sign.PathSigner;
import io.netty.util.NetUtil;

import org.jspecify.annotations.Nullable;

import java.net.InetAddress;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
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

    /// Decides who may watch, and finds what is to be watched: of what a name may mean the first
    /// that is live, here or on another node. Fails when somebody who has to be asked does not
    /// answer.
    ///
    /// @param names the likeliest first
    /// @param token null when there is none
    /// @param nodeToken {@link NodeToken} by which a node asks for its viewers; null for players
    public CompletionStage<Admission> admit(
            List<StreamName> names,
            @Nullable String token,
            ViewerKind kind,
            Player player,
            @Nullable String nodeToken,
            FanOut.View streams) {
        List<StreamName> allowed = new ArrayList<>(2);
        Verdict refusal = Verdict.WRONG_TOKEN;
        for (StreamName name : names) {
            Verdict verdict = check(token, name.entryId(), player.address());
            if (verdict == Verdict.ALLOWED) {
                allowed.add(name);
            } else {
                refusal = refusal == Verdict.WRONG_TOKEN ? verdict : refusal;
            }
        }
        if (allowed.isEmpty()) {
            return CompletableFuture.completedFuture(
                    names.isEmpty()
                            ? new Admission.NotLive()
                            : new Admission.Refused(refusal.message()));
        }
        return streams.settle(allowed)
                .thenCompose(
                        name ->
                                gate(name, nodeToken)
                                        .ask(
                                                new PlayQuestion(
                                                        name.entryId(),
                                                        name.rendition(),
                                                        kind.text(),
                                                        player))
                                        .thenCompose(verdict -> after(verdict, name, streams)));
    }

    /// What a node's viewers want has been asked about there.
    private PlayGate gate(StreamName name, @Nullable String nodeToken) {
        return gate == PlayGate.OPEN
                        || NodeToken.isRight(nodeToken, signer, name.entryId(), clock.instant())
                ? PlayGate.OPEN
                : gate;
    }

    private static CompletionStage<Admission> after(
            PlayGate.Verdict verdict, StreamName name, FanOut.View streams) {
        return switch (verdict) {
            case PlayGate.Verdict.Allowed _ -> find(streams, name);
            case PlayGate.Verdict.Refused(String reason) ->
                    CompletableFuture.completedFuture(new Admission.Refused(reason));
            case PlayGate.Verdict.Unknown _ ->
                    CompletableFuture.completedFuture(new Admission.Unanswered());
        };
    }

    private static CompletionStage<Admission> find(FanOut.View streams, StreamName name) {
        return streams.find(name)
                .thenApply(
                        source ->
                                source.<Admission>map(Admission.Admitted::new)
                                        .orElseGet(Admission.NotLive::new));
    }
}
