package io.millrace.liveingest.hook;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.liveingest.gate.PlayGate;
import io.millrace.liveingest.gate.PlayQuestion;
import io.millrace.liveingest.gate.Player;
import io.netty.util.NetUtil;

import java.util.Map;
import java.util.concurrent.CompletionStage;

/// Players are asked about at the operator's program. Thread-safe.
public final class HookedPlay implements PlayGate {
    private static final String EVENT = "play";

    private final LiveHooks hooks;
    private final MeterRegistry meters;

    private HookedPlay(LiveHooks hooks, MeterRegistry meters) {
        this.hooks = hooks;
        this.meters = meters;
    }

    /// @return {@link PlayGate#OPEN} where the program does not want to be asked
    public static PlayGate of(LiveHooks hooks, MeterRegistry meters) {
        return hooks.wants(EVENT) ? new HookedPlay(hooks, meters) : OPEN;
    }

    @Override
    public CompletionStage<Verdict> ask(PlayQuestion question) {
        Player player = question.player();
        count(question, "asked");
        return hooks.ask(
                        EVENT,
                        Map.of(
                                "stream",
                                question.stream(),
                                "rendition",
                                question.rendition(),
                                "kind",
                                question.kind(),
                                "address",
                                player.address() == null
                                        ? ""
                                        : NetUtil.toAddressString(player.address()),
                                "userAgent",
                                player.program(),
                                "parameters",
                                player.parameters()))
                .thenApply(answer -> verdict(question, answer));
    }

    private Verdict verdict(PlayQuestion question, LiveHooks.Answer answer) {
        return switch (answer) {
            case LiveHooks.Answer.Yes _ -> {
                count(question, "allowed");
                yield new Verdict.Allowed();
            }
            case LiveHooks.Answer.No(String reason) -> {
                count(question, "refused");
                yield new Verdict.Refused(reason);
            }
            case LiveHooks.Answer.Unknown _ -> {
                count(question, "failed");
                yield new Verdict.Unknown();
            }
        };
    }

    private void count(PlayQuestion question, String outcome) {
        meters.counter("millrace.live.play.questions", "kind", question.kind(), "outcome", outcome)
                .increment();
    }
}
