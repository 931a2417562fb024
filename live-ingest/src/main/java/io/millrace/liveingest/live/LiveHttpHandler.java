package io.millrace.liveingest.live;

import io.millrace.delivery.http.HttpBody;
import io.millrace.delivery.http.HttpExchange;
import io.millrace.delivery.http.HttpHandler;
import io.millrace.delivery.http.HttpReply;
import io.millrace.delivery.media.TrackKind;
import io.millrace.storage.sign.PathSigner;
import io.netty.buffer.Unpooled;
import io.netty.util.NetUtil;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Serves live streams:
///
///     [s/{token}/]{entryId}/master.m3u8
///     [s/{token}/]{entryId}/v1.m3u8               a track's media playlist: v or a, and the rendition
///     [s/{token}/]{entryId}/v1-init-{n}.mp4
///     [s/{token}/]{entryId}/v1-seg-{n}.m4s
///
/// A playlist asked for after the publisher came and before the first segment is whole is held until
/// it is: players give up for good on an early error. Everything comes from memory, so nothing here
/// blocks. Thread-safe.
public final class LiveHttpHandler implements HttpHandler {
    private static final Duration HOLD = Duration.ofSeconds(15);
    private static final Pattern MEDIA =
            Pattern.compile(
                    "(?<id>[va][A-Za-z0-9]{1,16})-(?<kind>init|seg)-(?<number>[0-9]{1,12})\\.(mp4|m4s)");

    private final LivePresentations presentations;
    private final @Nullable PathSigner signer;
    private final boolean allowUnsigned;
    private final Clock clock;

    public LiveHttpHandler(
            LivePresentations presentations,
            @Nullable PathSigner signer,
            boolean allowUnsigned,
            Clock clock) {
        this.presentations = presentations;
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
        LivePresentation presentation =
                slash < 0 ? null : presentations.get(path.substring(0, slash));
        if (presentation == null) {
            exchange.reply(notFound(1));
            return;
        }
        serve(exchange, presentation, path.substring(slash + 1));
    }

    private void serve(HttpExchange exchange, LivePresentation presentation, String name) {
        if (name.endsWith(".m3u8")) {
            if (presentation.isPlayable()) {
                playlist(exchange, presentation, name);
                return;
            }
            presentation
                    .whenPlayable()
                    .toCompletableFuture()
                    .orTimeout(HOLD.toMillis(), TimeUnit.MILLISECONDS)
                    .whenComplete((_, _) -> playlist(exchange, presentation, name));
            return;
        }
        Matcher media = MEDIA.matcher(name);
        TrackWindow window = media.matches() ? presentation.window(media.group("id")) : null;
        if (window == null) {
            exchange.reply(notFound(1));
            return;
        }
        TrackWindow.View view = window.view();
        String kind = media.group("kind");
        long number = Long.parseLong(media.group("number"));
        int target = presentation.options().targetDurationSeconds();
        if (kind.equals("init")) {
            byte[] init = view.inits().get(name);
            exchange.reply(
                    init == null
                            ? notFound(1)
                            : HttpReply.bytes(200, mime(window), init)
                                    .cacheControl(immutable(target)));
            return;
        }
        LiveSegment segment = view.segment(number);
        if (segment == null || segment.isGap()) {
            exchange.reply(notFound(1));
        } else {
            exchange.reply(segment(window, segment, target));
        }
    }

    private static String mime(TrackWindow window) {
        return window.kind() == TrackKind.VIDEO ? "video/mp4" : "audio/mp4";
    }

    private static void playlist(
            HttpExchange exchange, LivePresentation presentation, String name) {
        String id = name.substring(0, name.length() - ".m3u8".length());
        String text;
        if (id.equals("master")) {
            text = LivePlaylists.master(presentation);
        } else {
            TrackWindow window = presentation.window(id);
            text =
                    window == null
                            ? null
                            : LivePlaylists.media(id, window.view(), presentation.options());
        }
        if (text == null) {
            exchange.reply(notFound(1));
            return;
        }
        // A reload may come after half a target duration at the earliest; after the end never.
        int target = presentation.options().targetDurationSeconds();
        exchange.reply(
                HttpReply.bytes(200, LivePlaylists.MIME, text.getBytes(StandardCharsets.UTF_8))
                        .cacheControl("max-age=" + (presentation.isEnded() ? target : target / 2)));
    }

    private static HttpReply segment(TrackWindow window, LiveSegment segment, int target) {
        List<HttpBody.Part> parts = new ArrayList<>(segment.fragments().size());
        for (LiveFragment fragment : segment.fragments()) {
            parts.add(new HttpBody.BufferPart(Unpooled.wrappedBuffer(fragment.bytes())));
        }
        return HttpReply.parts(200, mime(window), parts, () -> {}).cacheControl(immutable(target));
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
