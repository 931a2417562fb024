package io.millrace.liveingest.play;

import io.millrace.delivery.http.BodyWriter;
import io.millrace.delivery.http.HttpBody;
import io.millrace.delivery.http.HttpExchange;
import io.millrace.delivery.http.HttpHandler;
import io.millrace.delivery.http.HttpReply;
import io.millrace.liveingest.play.PlayAccess.Verdict;
import io.millrace.liveingest.stream.LiveSource;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Serves live streams as FLV files without end, and leaves all other paths to another handler:
///
///     [s/{token}/]{entryId}.flv               the usual rendition
///     [s/{token}/]{entryId}_{rendition}.flv
///
/// The body ends when the stream does; a publisher that comes back in time goes on in it. Thread-safe.
public final class FlvHandler implements HttpHandler {
    private static final Pattern PATH = Pattern.compile("/?(?:s/([^/]+)/)?([^/]+)\\.flv");
    private static final FlvFraming FRAMING = new FlvFraming();

    private final FanOut fanOut;
    private final PlayAccess access;
    private final HttpHandler others;

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

    private void play(HttpExchange exchange, @Nullable String token, String wantedName) {
        List<StreamName> names = StreamName.of(wantedName);
        StreamName wanted = null;
        Verdict verdict = names.isEmpty() ? Verdict.ALLOWED : Verdict.WRONG_TOKEN;
        for (StreamName name : names) {
            Verdict answer =
                    access.check(token, name.entryId(), exchange.remoteAddress().getAddress());
            if (answer == Verdict.ALLOWED && (wanted == null || fanOut.knows(name))) {
                wanted = name;
            }
            verdict =
                    verdict == Verdict.ALLOWED || answer == Verdict.WRONG_TOKEN ? verdict : answer;
        }
        if (verdict != Verdict.ALLOWED) {
            exchange.reply(HttpReply.text(403, verdict.message()).cacheControl("no-store"));
        } else if (wanted == null) {
            exchange.reply(notLive());
        } else {
            fanOut.find(wanted, source -> reply(exchange, source));
        }
    }

    private void reply(HttpExchange exchange, @Nullable LiveSource source) {
        if (source == null) {
            exchange.reply(notLive());
            return;
        }
        exchange.reply(
                HttpReply.of(
                                200,
                                "video/x-flv",
                                new HttpBody.Stream(body -> start(exchange, body, source)))
                        .cacheControl("no-store"));
    }

    private void start(HttpExchange exchange, BodyWriter body, LiveSource source) {
        var viewer = new FlvViewer(body);
        exchange.onClose(viewer::left);
        fanOut.join(source, FRAMING, viewer);
    }

    private static HttpReply notLive() {
        return HttpReply.text(404, "There is no such live stream at the moment.")
                .cacheControl("max-age=1");
    }
}
