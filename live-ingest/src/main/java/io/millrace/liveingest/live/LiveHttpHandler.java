package io.millrace.liveingest.live;

import io.millrace.delivery.http.HttpBody;
import io.millrace.delivery.http.HttpExchange;
import io.millrace.delivery.http.HttpHandler;
import io.millrace.delivery.http.HttpReply;
import io.millrace.delivery.http.PreparedReply;
import io.millrace.storage.sign.PathSigner;
import io.netty.buffer.Unpooled;
import io.netty.util.NetUtil;

import org.jspecify.annotations.Nullable;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Serves live streams:
///
///     [s/{token}/]{entryId}/master.m3u8
///     [s/{token}/]{entryId}/index.m3u8
///     [s/{token}/]{entryId}/init-{n}.mp4
///     [s/{token}/]{entryId}/seg-{n}.m4s
///
/// A playlist asked for after the publisher came and before the first segment is whole is held until
/// it is: players give up for good on an early error. Everything comes from memory, so nothing here
/// blocks. Thread-safe.
public final class LiveHttpHandler implements HttpHandler {
    private static final Duration HOLD = Duration.ofSeconds(15);

    private final LiveWindows windows;
    private final @Nullable PathSigner signer;
    private final boolean allowUnsigned;
    private final Clock clock;

    public LiveHttpHandler(
            LiveWindows windows, @Nullable PathSigner signer, boolean allowUnsigned, Clock clock) {
        this.windows = windows;
        this.signer = signer;
        this.allowUnsigned = allowUnsigned;
        this.clock = clock;
    }

    @Override
    public void handle(HttpExchange exchange) {
        if (!exchange.method().equals("GET") && !exchange.method().equals("HEAD")) {
            exchange.reply(HttpReply.text(405, "Only GET and HEAD.").header("Allow", "GET, HEAD"));
            return;
        }
        String path = exchange.pathBelowRoute();
        if (path.startsWith("/")) {
            path = path.substring(1);
        }
        if (path.startsWith("s/")) {
            int end = path.indexOf('/', 2);
            if (end < 0) {
                exchange.reply(notFound(1));
                return;
            }
            String token = path.substring(2, end);
            path = path.substring(end + 1);
            PathSigner.Verdict verdict =
                    signer == null
                            ? PathSigner.Verdict.INVALID
                            : signer.verify(
                                    token,
                                    List.of(path),
                                    clock.instant(),
                                    NetUtil.toAddressString(exchange.remoteAddress().getAddress()));
            if (verdict != PathSigner.Verdict.VALID) {
                exchange.reply(
                        HttpReply.text(
                                        403,
                                        verdict == PathSigner.Verdict.EXPIRED
                                                ? "This link has expired."
                                                : "This link is not signed for this stream.")
                                .cacheControl("no-store"));
                return;
            }
        } else if (!allowUnsigned) {
            exchange.reply(
                    HttpReply.text(403, "This stream needs a signed link.")
                            .cacheControl("no-store"));
            return;
        }
        int slash = path.indexOf('/');
        LiveWindow window = slash < 0 ? null : windows.get(path.substring(0, slash));
        if (window == null) {
            exchange.reply(notFound(1));
            return;
        }
        serve(exchange, window, path.substring(slash + 1));
    }

    private void serve(HttpExchange exchange, LiveWindow window, String name) {
        switch (name) {
            case "master.m3u8", "index.m3u8" -> {
                if (window.view().media() != null) {
                    playlist(exchange, window, name);
                    return;
                }
                window.playable()
                        .toCompletableFuture()
                        .orTimeout(HOLD.toMillis(), TimeUnit.MILLISECONDS)
                        .whenComplete((_, _) -> playlist(exchange, window, name));
            }
            default -> {
                LiveWindow.View view = window.view();
                LiveSegment segment = view.segments().get(name);
                if (segment != null) {
                    exchange.reply(segment(segment, window.targetDurationSeconds()));
                    return;
                }
                PreparedReply init = view.inits().get(name);
                if (init != null) {
                    exchange.reply(init);
                } else {
                    exchange.reply(notFound(1));
                }
            }
        }
    }

    private static void playlist(HttpExchange exchange, LiveWindow window, String name) {
        LiveWindow.View view = window.view();
        PreparedReply reply = name.equals("master.m3u8") ? view.master() : view.media();
        if (reply != null) {
            exchange.reply(reply);
        } else {
            exchange.reply(notFound(1));
        }
    }

    private static HttpReply segment(LiveSegment segment, int targetDurationSeconds) {
        List<HttpBody.Part> parts = new ArrayList<>(segment.parts().size());
        for (byte[] part : segment.parts()) {
            parts.add(new HttpBody.BufferPart(Unpooled.wrappedBuffer(part)));
        }
        return HttpReply.parts(200, "video/mp4", parts, () -> {})
                .cacheControl(immutable(targetDurationSeconds));
    }

    /// Names are never used again; the bound only keeps caches from filling up.
    static String immutable(int targetDurationSeconds) {
        return "public, max-age=" + Math.max(60, 6 * targetDurationSeconds) + ", immutable";
    }

    private static HttpReply notFound(int maxAgeSeconds) {
        return HttpReply.text(404, "There is no such live stream or segment.")
                .cacheControl("max-age=" + maxAgeSeconds);
    }
}
