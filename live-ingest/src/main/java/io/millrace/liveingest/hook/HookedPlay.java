package io.millrace.liveingest.hook;

import io.millrace.liveingest.play.PlayGate;
import io.millrace.liveingest.play.StreamName;
import io.millrace.liveingest.play.ViewerKind;
import io.netty.util.NetUtil;

import org.jspecify.annotations.Nullable;

import java.net.InetAddress;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/// Players are asked about at the operator's program. Thread-safe.
public final class HookedPlay implements PlayGate {
    private final LiveHooks hooks;

    public HookedPlay(LiveHooks hooks) {
        this.hooks = hooks;
    }

    @Override
    public CompletionStage<Optional<String>> refusal(
            StreamName name, ViewerKind kind, @Nullable InetAddress address) {
        return hooks.ask(
                        "play",
                        Map.of(
                                "stream", name.entryId(),
                                "rendition", name.rendition(),
                                "kind", kind.text(),
                                "address", address == null ? "" : NetUtil.toAddressString(address)))
                .thenApply(
                        answer ->
                                switch (answer) {
                                    case LiveHooks.Answer.Yes _ -> Optional.empty();
                                    case LiveHooks.Answer.No(String reason) -> Optional.of(reason);
                                    case LiveHooks.Answer.Unknown _ ->
                                            Optional.of("Nobody can be asked now; try again.");
                                });
    }
}
