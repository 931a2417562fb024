package io.millrace.liveingest.hook;

import io.millrace.liveingest.auth.PublishAuthorizer;
import io.millrace.liveingest.auth.PublishDecision;
import io.millrace.liveingest.auth.PublishDecision.Allowed;
import io.millrace.liveingest.auth.PublishDecision.Denied;
import io.millrace.liveingest.auth.PublishDecision.Reason;
import io.millrace.liveingest.auth.PublishRequest;

import java.util.LinkedHashMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// Whoever may publish is asked about at the operator's program, too. Thread-safe.
public final class HookedAuthorizer implements PublishAuthorizer {
    private final PublishAuthorizer first;
    private final LiveHooks hooks;

    public HookedAuthorizer(PublishAuthorizer first, LiveHooks hooks) {
        this.first = first;
        this.hooks = hooks;
    }

    @Override
    public CompletionStage<PublishDecision> authorize(PublishRequest request) {
        return first.authorize(request)
                .thenCompose(
                        decision ->
                                decision instanceof Allowed(String name, _, _)
                                        ? ask(request, name)
                                                .thenApply(answer -> afterwards(decision, answer))
                                        : CompletableFuture.completedFuture(decision));
    }

    private CompletionStage<LiveHooks.Answer> ask(PublishRequest request, String name) {
        var about = new LinkedHashMap<String, Object>();
        about.put("stream", name);
        about.put("name", request.streamName());
        about.put("app", request.app());
        about.put("ingest", request.index());
        about.put("address", request.remoteAddress());
        about.put("parameters", request.parameters());
        return hooks.ask("publish", about);
    }

    private static PublishDecision afterwards(PublishDecision allowed, LiveHooks.Answer answer) {
        return switch (answer) {
            case LiveHooks.Answer.Yes _ -> allowed;
            case LiveHooks.Answer.No(String reason) -> new Denied(Reason.UNAUTHORIZED, reason);
            case LiveHooks.Answer.Unknown _ ->
                    new Denied(Reason.UNAVAILABLE, "The stream key cannot be checked now.");
        };
    }
}
