package io.millrace.liveingest.play;

import io.millrace.delivery.http.BodyWriter;
import io.millrace.delivery.http.HttpBody;
import io.millrace.delivery.http.HttpExchange;
import io.millrace.delivery.http.HttpHandler;
import io.millrace.delivery.http.HttpReply;
import io.millrace.liveingest.live.LiveElsewhere;
import io.millrace.liveingest.play.PlayAccess.Choice;
import io.millrace.liveingest.stream.LiveSource;

import org.jspecify.annotations.Nullable;

import java.util.Optional;
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
    private final @Nullable LiveElsewhere elsewhere;

    /// @param others for what is not FLV
    /// @param elsewhere for streams that are not here; null where there is no other node
    public FlvHandler(
            FanOut fanOut,
            PlayAccess access,
            HttpHandler others,
            @Nullable LiveElsewhere elsewhere) {
        this.fanOut = fanOut;
        this.access = access;
        this.others = others;
        this.elsewhere = elsewhere;
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
        switch (access.choose(
                StreamName.of(wantedName), token, exchange.remoteAddress().getAddress(), fanOut)) {
            case Choice.Refused(String message) ->
                    exchange.reply(HttpReply.text(403, message).cacheControl("no-store"));
            case Choice.NoName _ -> exchange.reply(notLive());
            case Choice.Chosen(StreamName name) ->
                    access.refusal(name, ViewerKind.HTTP_FLV, exchange.remoteAddress().getAddress())
                            .whenComplete(
                                    (refusal, failure) -> asked(exchange, name, refusal, failure));
        }
    }

    private void asked(
            HttpExchange exchange,
            StreamName name,
            @Nullable Optional<String> refusal,
            @Nullable Throwable failure) {
        if (refusal == null) {
            exchange.fail(failure == null ? new IllegalStateException("no answer") : failure);
        } else if (refusal.isPresent()) {
            exchange.reply(HttpReply.text(403, refusal.get()).cacheControl("no-store"));
        } else {
            fanOut.find(name, source -> reply(exchange, name, source));
        }
    }

    private void reply(HttpExchange exchange, StreamName name, @Nullable LiveSource source) {
        if (source == null && elsewhere != null) {
            elsewhere.serve(exchange, name.entryId(), name.rendition() + ".flv");
            return;
        }
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
