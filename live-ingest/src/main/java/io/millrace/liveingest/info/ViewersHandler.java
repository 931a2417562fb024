package io.millrace.liveingest.info;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.delivery.http.HttpExchange;
import io.millrace.delivery.http.HttpHandler;
import io.millrace.delivery.http.HttpReply;
import io.millrace.storage.sign.PathSigner;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;

/// Takes what other nodes tell of who watches this node's streams there: {@link NodeViewers}.
/// Thread-safe.
public final class ViewersHandler implements HttpHandler {
    private static final Logger log = LoggerFactory.getLogger(ViewersHandler.class);
    private static final String SCHEME = "Bearer ";

    private final ViewersElsewhere viewers;
    private final String ownName;
    private final @Nullable PathSigner signer;
    private final Clock clock;
    private final MeterRegistry meters;

    /// @param ownName this node's, which no other may have
    /// @param signer checks who tells; null: nobody may
    public ViewersHandler(
            ViewersElsewhere viewers,
            String ownName,
            @Nullable PathSigner signer,
            Clock clock,
            MeterRegistry meters) {
        this.viewers = viewers;
        this.ownName = ownName;
        this.signer = signer;
        this.clock = clock;
        this.meters = meters;
        Gauge.builder("millrace.live.viewers.elsewhere", viewers, ViewersElsewhere::total)
                .description("Viewers of this node's streams on other nodes, as these tell")
                .register(meters);
    }

    @Override
    public void handle(HttpExchange exchange) {
        if (!exchange.method().equals("POST")) {
            exchange.reply(text(405, "Only POST.").header("Allow", "POST"));
            return;
        }
        String credentials = exchange.header("Authorization");
        if (credentials == null || !credentials.startsWith(SCHEME)) {
            count("refused");
            exchange.reply(
                    text(401, "Only nodes of this installation tell viewers, with a signed token.")
                            .header("WWW-Authenticate", "Bearer"));
            return;
        }
        PathSigner.Verdict verdict =
                signer == null
                        ? PathSigner.Verdict.INVALID
                        : signer.verify(
                                credentials.substring(SCHEME.length()),
                                NodeViewers.SIGNED,
                                clock.instant());
        if (verdict != PathSigner.Verdict.VALID) {
            count("refused");
            exchange.reply(
                    text(
                            403,
                            verdict == PathSigner.Verdict.EXPIRED
                                    ? "The token has expired: do the clocks of both nodes agree?"
                                    : "The token is not signed with this node's keys: nodes need"
                                            + " the same delivery.signing-keys (or"
                                            + " cluster.secret)."));
            return;
        }
        exchange.blocking(this::keep);
    }

    private HttpReply keep(HttpExchange exchange) throws IOException {
        byte[] body;
        try (InputStream in = exchange.bodyStream()) {
            body = in.readNBytes(NodeViewers.MAX_BYTES + 1);
        }
        if (body.length > NodeViewers.MAX_BYTES) {
            count("malformed");
            return text(413, "More than " + NodeViewers.MAX_BYTES + " bytes.");
        }
        NodeViewers told;
        try {
            told = NodeViewers.read(body);
        } catch (IllegalArgumentException e) {
            count("malformed");
            return text(400, String.valueOf(e.getMessage()));
        }
        if (told.node().equals(ownName)) {
            count("refused");
            return text(409, "This node is called " + ownName + ", too: set another node.name.");
        }
        ViewersElsewhere.Kept kept = viewers.keep(told);
        if (!kept.full().isEmpty()) {
            log.warn(
                    "live {}: viewers on {} are not counted: {} other nodes have some",
                    kept.full().getFirst(),
                    told.node(),
                    ViewersElsewhere.MAX_NODES);
        }
        count(kept.full().isEmpty() ? "kept" : "full");
        return HttpReply.bytes(200, "application/json", NodeViewers.answer(kept.unknown()))
                .cacheControl("no-store");
    }

    private static HttpReply text(int status, String message) {
        return HttpReply.text(status, message).cacheControl("no-store");
    }

    private void count(String outcome) {
        meters.counter("millrace.live.viewers.reports", "outcome", outcome).increment();
    }
}
