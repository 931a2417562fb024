package io.millrace.liveingest.play;

import io.millrace.delivery.http.BodyWriter;
import io.millrace.delivery.http.HttpBody;
import io.millrace.delivery.http.HttpExchange;
import io.millrace.delivery.http.HttpHandler;
import io.millrace.delivery.http.HttpProblem;
import io.millrace.delivery.http.HttpReply;
import io.millrace.liveingest.gate.PlayGate;
import io.millrace.liveingest.gate.Player;
import io.millrace.liveingest.live.LiveElsewhere;
import io.millrace.liveingest.stream.LiveSource;
import io.netty.util.NetUtil;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Serves live streams as FLV files without end, and leaves all other paths to another handler:
///
///     [s/{token}/]{entryId}.flv               the usual rendition
///     [s/{token}/]{entryId}_{rendition}.flv
///
/// The body ends when the stream does; a publisher that comes back in time goes on in it. A node that
/// asks gets what is here; whoever else asks gets streams of other nodes, too. Thread-safe.
public final class FlvHandler implements HttpHandler {
    private static final Logger log = LoggerFactory.getLogger(FlvHandler.class);
    private static final Pattern PATH = Pattern.compile("/?(?:s/([^/]+)/)?([^/]+)\\.flv");
    private static final FlvFraming NODES = new FlvFraming(ColorMetadata.ALWAYS);
    private static final FlvFraming PLAYERS = new FlvFraming(ColorMetadata.ENHANCED);
    private static final FlvFraming BROWSERS = new FlvFraming(ColorMetadata.NEVER);

    private final FanOut fanOut;
    private final PlayAccess access;
    private final HttpHandler others;

    /// @param others for what is not FLV
    public FlvHandler(FanOut fanOut, PlayAccess access, HttpHandler others) {
        this.fanOut = fanOut;
        this.access = access;
        this.others = others;
    }

    @Override
    public void handle(HttpExchange exchange) throws Exception {
        String path = exchange.pathBelowRoute();
        Matcher flv = PATH.matcher(path);
        if (!path.endsWith(".flv") || !flv.matches()) {
            others.handle(exchange);
        } else if (!exchange.method().equals("GET") && !exchange.method().equals("HEAD")) {
            exchange.reply(HttpReply.text(405, "Only GET and HEAD.").header("Allow", "GET, HEAD"));
        } else {
            play(exchange, flv.group(1), flv.group(2));
        }
    }

    private void play(HttpExchange exchange, @Nullable String token, String wantedName)
            throws HttpProblem {
        access.admit(
                        StreamName.of(wantedName),
                        token,
                        ViewerKind.HTTP_FLV,
                        Player.of(exchange, token == null ? "" : token),
                        exchange.header(LiveElsewhere.ASKING_NODE),
                        fanOut.view(!isNode(exchange)))
                .whenComplete(
                        (admission, failure) -> answer(exchange, wantedName, admission, failure));
    }

    private void answer(
            HttpExchange exchange,
            String wantedName,
            @Nullable Admission admission,
            @Nullable Throwable failure) {
        switch (admission) {
            case null -> {
                log.warn(
                        "live {}: whether it may be played cannot be found out: {}",
                        wantedName,
                        String.valueOf(failure));
                exchange.reply(
                        HttpReply.text(504, "The node that has this stream does not answer.")
                                .header("Retry-After", "1")
                                .cacheControl("no-store"));
            }
            case Admission.Refused(String message) -> {
                log.info(
                        "live {}: http-flv may not be played by {}: {}",
                        wantedName,
                        NetUtil.toAddressString(exchange.remoteAddress().getAddress()),
                        message);
                exchange.reply(HttpReply.text(403, message).cacheControl("no-store"));
            }
            case Admission.Unanswered _ ->
                    exchange.reply(
                            HttpReply.text(503, PlayGate.Verdict.Unknown.MESSAGE)
                                    .header("Retry-After", "2")
                                    .cacheControl("no-store"));
            case Admission.NotLive _ ->
                    exchange.reply(
                            HttpReply.text(404, "There is no such live stream at the moment.")
                                    .cacheControl("max-age=1"));
            case Admission.Admitted(LiveSource source) ->
                    exchange.reply(
                            HttpReply.of(
                                            200,
                                            "video/x-flv",
                                            new HttpBody.Stream(
                                                    body -> start(exchange, body, source)))
                                    .cacheControl("no-store"));
        }
    }

    private static boolean isNode(HttpExchange exchange) {
        return exchange.header(LiveElsewhere.ASKING_NODE) != null;
    }

    private void start(HttpExchange exchange, BodyWriter body, LiveSource source) {
        var viewer = new FlvViewer(body, isNode(exchange));
        exchange.onClose(viewer::left);
        fanOut.join(source, framing(exchange), viewer);
    }

    private static FlvFraming framing(HttpExchange exchange) {
        if (isNode(exchange)) {
            return NODES;
        }
        String program = exchange.header("User-Agent");
        return program != null && program.startsWith("Mozilla/") ? BROWSERS : PLAYERS;
    }
}
