package io.millrace.liveingest.live;

import io.millrace.delivery.http.HttpExchange;
import io.millrace.delivery.http.HttpProblem;
import io.millrace.delivery.http.HttpReply;
import io.millrace.liveingest.gate.PlaylistGate;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Viewers who are asked about before they are answered. Nobody is asked about what is nowhere, or
/// is no part of a stream. Thread-safe.
final class AskedFirst {
    private static final Logger log = LoggerFactory.getLogger(AskedFirst.class);

    private final PlaylistGate gate;
    private final @Nullable LiveElsewhere elsewhere;

    /// @param elsewhere for streams that are not here; null where there is no other node
    AskedFirst(PlaylistGate gate, @Nullable LiveElsewhere elsewhere) {
        this.gate = gate;
        this.elsewhere = elsewhere;
    }

    /// Whether a request may be answered at once.
    boolean isKnown(HttpExchange exchange, String entryId, String token, String name) {
        return gate.admits(exchange, entryId, token, name.equals(LiveName.THUMBNAIL));
    }

    /// @param here whether the stream is on this node
    /// @param answer what the request gets when its viewer may watch
    void ask(
            HttpExchange exchange,
            String entryId,
            String token,
            String text,
            boolean here,
            PlaylistGate.Answer answer)
            throws HttpProblem {
        LiveName name = LiveName.parse(text);
        if (name == null || (!here && elsewhere == null)) {
            exchange.reply(LiveHttpHandler.notFound(1));
            return;
        }
        if (here || elsewhere == null) {
            ask(exchange, entryId, token, name, answer);
            return;
        }
        elsewhere
                .has(entryId)
                .whenComplete(
                        (has, failure) -> {
                            if (failure != null) {
                                log.warn(
                                        "live {}: where it is cannot be found out: {}",
                                        entryId,
                                        failure.toString());
                                exchange.reply(
                                        HttpReply.text(504, "Nobody says where this stream is.")
                                                .header("Retry-After", "1")
                                                .cacheControl("no-store"));
                            } else if (!has) {
                                exchange.reply(LiveHttpHandler.notFound(1));
                            } else {
                                try {
                                    ask(exchange, entryId, token, name, answer);
                                } catch (HttpProblem e) {
                                    exchange.fail(e);
                                }
                            }
                        });
    }

    private void ask(
            HttpExchange exchange,
            String entryId,
            String token,
            LiveName name,
            PlaylistGate.Answer answer)
            throws HttpProblem {
        gate.ask(exchange, entryId, token, name.viewer(), name.rendition(), answer);
    }
}
