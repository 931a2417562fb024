package io.millrace.liveingest.live;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.delivery.http.HttpBody;
import io.millrace.delivery.http.HttpExchange;
import io.millrace.delivery.http.HttpHandler;
import io.millrace.delivery.http.HttpProblem;
import io.millrace.delivery.http.HttpReply;
import io.millrace.delivery.http.PreparedReply;
import io.millrace.delivery.media.TrackKind;
import io.millrace.liveingest.gate.PlaylistGate;
import io.millrace.liveingest.info.PlaylistViewers;
import io.millrace.storage.sign.PathSigner;
import io.netty.buffer.Unpooled;
import io.netty.util.NetUtil;

import org.jspecify.annotations.Nullable;

import java.time.Clock;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/// Serves live streams:
///
///     [s/{token}/]{entryId}/{name}                {@link LiveName}
///     time                                        what time it is
///
/// A playlist asked for after the publisher came and before the first segment is whole is held until
/// it is: players give up for good on an early error. Where there is no past, who asks for it is
/// given what there is. Everything comes from memory, so nothing here
/// blocks; what has left memory is read by {@link DvrAnswers}. Thread-safe.
public final class LiveHttpHandler implements HttpHandler, AutoCloseable {
    private static final Duration HOLD = Duration.ofSeconds(15);

    /// The time of day as ISO 8601, for players of DASH.
    private static final String TIME = "time";

    private final HeldRequests held = new HeldRequests();
    private final DashAnswers dash;
    private final TsAnswers ts;
    private final LivePresentations presentations;
    private final PlaylistViewers viewers;
    private final @Nullable PathSigner signer;
    private final boolean allowUnsigned;
    private final Clock clock;
    private final @Nullable LiveElsewhere elsewhere;
    private final @Nullable AskedFirst asked;
    private final @Nullable LiveThumbnails thumbnails;

    /// @param elsewhere for streams that are not here; null where there is no other node
    /// @param thumbnails null where none are made
    /// @param gate asked about viewers; null where nobody is
    public LiveHttpHandler(
            LivePresentations presentations,
            PlaylistViewers viewers,
            @Nullable PathSigner signer,
            boolean allowUnsigned,
            Clock clock,
            MeterRegistry meters,
            @Nullable LiveElsewhere elsewhere,
            @Nullable LiveThumbnails thumbnails,
            @Nullable PlaylistGate gate) {
        this.presentations = presentations;
        this.viewers = viewers;
        this.signer = signer;
        this.allowUnsigned = allowUnsigned;
        this.clock = clock;
        this.elsewhere = elsewhere;
        this.thumbnails = thumbnails;
        this.asked = gate == null ? null : new AskedFirst(gate, elsewhere);
        this.ts = new TsAnswers(meters);
        this.dash = new DashAnswers(held);
        Gauge.builder("millrace.live.requests.held", held, HeldRequests::count)
                .description("Requests that wait for a stream to go on")
                .register(meters);
    }

    @Override
    public void close() {
        ts.close();
    }

    /// How many requests wait for a stream to go on.
    int held() {
        return held.count();
    }

    @Override
    public void handle(HttpExchange exchange) throws HttpProblem {
        if (!exchange.method().equals("GET") && !exchange.method().equals("HEAD")) {
            exchange.reply(HttpReply.text(405, "Only GET and HEAD.").header("Allow", "GET, HEAD"));
            return;
        }
        String path = exchange.pathBelowRoute();
        if (path.startsWith("/")) {
            path = path.substring(1);
        }
        if (path.equals(TIME)) {
            exchange.reply(
                    HttpReply.text(200, clock.instant().truncatedTo(ChronoUnit.MILLIS).toString())
                            .cacheControl("no-store"));
            return;
        }
        String token = "";
        if (path.startsWith("s/")) {
            int end = path.indexOf('/', 2);
            if (end < 0) {
                exchange.reply(notFound(1));
                return;
            }
            token = path.substring(2, end);
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
        if (slash <= 0) {
            exchange.reply(notFound(1));
            return;
        }
        String entryId = path.substring(0, slash);
        String name = path.substring(slash + 1);
        if (asked == null || asked.isKnown(exchange, entryId, token, name)) {
            serve(exchange, entryId, name);
        } else {
            boolean here = presentations.get(entryId) != null;
            asked.ask(exchange, entryId, token, name, here, () -> serve(exchange, entryId, name));
        }
    }

    private void serve(HttpExchange exchange, String entryId, String name) throws HttpProblem {
        LivePresentation presentation = presentations.get(entryId);
        if (presentation != null) {
            serve(exchange, presentation, name);
        } else if (elsewhere != null) {
            elsewhere.serve(
                    exchange, entryId, name, () -> saw(exchange, entryId, LiveName.parse(name)));
        } else {
            exchange.reply(notFound(1));
        }
    }

    private void serve(HttpExchange exchange, LivePresentation presentation, String text)
            throws HttpProblem {
        LiveName name = LiveName.parse(text);
        saw(exchange, presentation.entryId(), name);
        switch (name) {
            case null -> exchange.reply(notFound(1));
            case LiveName.Master(boolean past) -> {
                boolean fromStart = "start".equals(exchange.query().get("from"));
                when(
                        presentation.isStartable(),
                        presentation::whenStartable,
                        () ->
                                prepared(
                                        exchange,
                                        presentation.master(
                                                past && presentation.goesBack(), fromStart)));
            }
            case LiveName.MediaPlaylist(String track, boolean past) -> {
                BlockingReload reload = BlockingReload.of(exchange.query());
                whenPlayable(
                        presentation, () -> playlist(exchange, presentation, track, past, reload));
            }
            case LiveName.Init(String track, String file) ->
                    init(exchange, presentation, presentation.window(track), file);
            case LiveName.Segment(String track, long sequence) ->
                    segment(exchange, presentation, presentation.window(track), sequence);
            case LiveName.Part part -> part(exchange, presentation, part);
            case LiveName.Thumbnail _ -> {
                if (thumbnails == null) {
                    exchange.reply(notFound(60));
                } else {
                    thumbnails.serve(exchange, presentation);
                }
            }
            case LiveName.TsMaster _ ->
                    when(
                            presentation.isStartable(),
                            presentation::whenStartable,
                            () -> exchange.reply(orNotFound(TsAnswers.master(presentation))));
            case LiveName.TsPlaylist(String rendition) -> {
                when(
                        presentation.isStartable(),
                        presentation::whenStartable,
                        () -> prepared(exchange, ts.playlist(presentation, rendition)));
            }
            case LiveName.TsSegment segment -> {
                if (!ts.segment(exchange, presentation, segment)) {
                    exchange.reply(notFound(1));
                }
            }
            case LiveName.Manifest(boolean past) -> {
                whenPlayable(
                        presentation,
                        () ->
                                prepared(
                                        exchange,
                                        dash.manifest(
                                                presentation,
                                                timeUrl(exchange),
                                                past && presentation.goesBack())));
            }
            case LiveName.TimedSegment segment -> dash.segment(exchange, presentation, segment);
        }
    }

    /// Counts a viewer; a node that asks counts its own, and tells.
    private void saw(HttpExchange exchange, String entryId, @Nullable LiveName name) {
        String kind = name == null ? null : name.watched();
        if (kind == null || exchange.header(LiveElsewhere.ASKING_NODE) != null) {
            return;
        }
        String program = exchange.header("User-Agent");
        viewers.saw(
                entryId,
                kind,
                NetUtil.toAddressString(exchange.remoteAddress().getAddress()),
                program == null ? "" : program);
    }

    private static void whenPlayable(LivePresentation presentation, Runnable answer) {
        when(presentation.isPlayable(), presentation::whenPlayable, answer);
    }

    /// Players give up for good on an early error.
    private static void when(
            boolean already, Supplier<CompletionStage<Void>> later, Runnable answer) {
        if (already) {
            answer.run();
            return;
        }
        later.get()
                .toCompletableFuture()
                .orTimeout(HOLD.toMillis(), TimeUnit.MILLISECONDS)
                .whenComplete((_, _) -> answer.run());
    }

    private static void prepared(HttpExchange exchange, @Nullable PreparedReply reply) {
        if (reply == null) {
            exchange.reply(notFound(1));
        } else {
            exchange.reply(reply);
        }
    }

    private static HttpReply orNotFound(@Nullable HttpReply reply) {
        return reply == null ? notFound(1) : reply;
    }

    /// Where {@link #TIME} is for this client.
    private static String timeUrl(HttpExchange exchange) {
        String path = exchange.path();
        String prefix = path.substring(0, path.length() - exchange.pathBelowRoute().length());
        return exchange.baseUrl() + prefix + (prefix.endsWith("/") ? "" : "/") + TIME;
    }

    private void playlist(
            HttpExchange exchange,
            LivePresentation presentation,
            String track,
            boolean past,
            BlockingReload reload) {
        TrackWindow window = presentation.window(track);
        int target = presentation.options().targetDurationSeconds();
        DvrTrack dvr = past ? presentation.dvr(track) : null;
        if (window == null || (past && dvr == null)) {
            exchange.reply(notFound(reload.blocks() ? 4 * target : target));
            return;
        }
        TrackFeed feed = presentation.feed(window);
        TrackState now = feed.state();
        switch (reload.by(now.view(), presentation.options().partsAhead())) {
            case NOW ->
                    exchange.reply(
                            dvr == null || reload.blocks() || reload.delta()
                                    ? now.playlist(reload.blocks(), reload.delta(), dvr)
                                    : dvr.whole(now));
            case TOO_FAR ->
                    exchange.reply(
                            HttpReply.text(400, "That is too far ahead of the stream.")
                                    .cacheControl("no-store"));
            case LATER ->
                    held.hold(
                            exchange,
                            feed,
                            3 * target,
                            new HeldRequests.Answers() {
                                @Override
                                public boolean answer(TrackState state, SharedFragment shared) {
                                    if (reload.by(state.view(), Integer.MAX_VALUE)
                                            != BlockingReload.Verdict.NOW) {
                                        return false;
                                    }
                                    exchange.reply(state.playlist(true, reload.delta(), dvr));
                                    return true;
                                }

                                @Override
                                public HttpReply tooLate() {
                                    return HttpReply.text(503, "The stream does not go on.")
                                            .header("Retry-After", "1")
                                            .cacheControl("no-store");
                                }
                            });
        }
    }

    private static void init(
            HttpExchange exchange,
            LivePresentation presentation,
            @Nullable TrackWindow window,
            String name) {
        byte[] init = window == null ? null : window.view().inits().get(name);
        DvrTrack past = window == null || init != null ? null : presentation.dvr(window.id());
        if (past != null) {
            init = past.init(name);
        }
        exchange.reply(
                window == null || init == null
                        ? notFound(1)
                        : HttpReply.bytes(200, mime(window), init)
                                .cacheControl(
                                        immutable(presentation.options().targetDurationSeconds())));
    }

    private void segment(
            HttpExchange exchange,
            LivePresentation presentation,
            @Nullable TrackWindow window,
            long sequence) {
        LiveSegment segment = window == null ? null : window.view().segment(sequence);
        DvrTrack past = window == null || segment != null ? null : presentation.dvr(window.id());
        DvrTrack.Place place = past == null ? null : past.place(sequence);
        if (window != null && place != null) {
            DvrAnswers.segment(
                    exchange, place, mime(window), presentation.options().targetDurationSeconds());
            return;
        }
        if (window == null || segment == null || segment.isGap()) {
            exchange.reply(notFound(1));
            return;
        }
        List<HttpBody.Part> parts = new ArrayList<>(segment.fragments().size());
        for (LiveFragment fragment : segment.fragments()) {
            parts.add(new HttpBody.BufferPart(Unpooled.wrappedBuffer(fragment.bytes())));
        }
        exchange.reply(
                HttpReply.parts(200, mime(window), parts, () -> {})
                        .ranges()
                        .cacheControl(immutable(presentation.options().targetDurationSeconds())));
    }

    /// A part that is not there yet and was hinted at is waited for.
    private void part(HttpExchange exchange, LivePresentation presentation, LiveName.Part name) {
        TrackWindow window = presentation.window(name.track());
        if (window == null) {
            exchange.reply(notFound(1));
            return;
        }
        int target = presentation.options().targetDurationSeconds();
        try (var alone = new SharedFragment()) {
            if (answered(exchange, window, name, target, alone)) {
                return;
            }
        }
        held.hold(
                exchange,
                presentation.feed(window),
                3 * target,
                new HeldRequests.Answers() {
                    @Override
                    public boolean answer(TrackState state, SharedFragment shared) {
                        return answered(exchange, window, name, target, shared);
                    }

                    @Override
                    public HttpReply tooLate() {
                        return notFound(1);
                    }
                });
    }

    /// @return false when it may come yet
    private static boolean answered(
            HttpExchange exchange,
            TrackWindow window,
            LiveName.Part name,
            int target,
            SharedFragment shared) {
        TrackWindow.View view = window.view();
        LiveSegment whole = view.segment(name.sequence());
        boolean asTold = name.init().equals(whole == null ? view.openInit() : whole.initName());
        LiveFragment fragment = view.part(name.sequence(), name.part());
        if (fragment != null && asTold) {
            exchange.reply(
                    HttpReply.of(200, mime(window), shared.body(fragment))
                            .ranges()
                            .cacheControl(immutable(target)));
            return true;
        }
        boolean next =
                name.sequence() == view.openSequence()
                        ? name.part() == view.openParts()
                        : name.sequence() == view.openSequence() + 1 && name.part() == 0;
        if (next && asTold && !view.ended()) {
            return false;
        }
        exchange.reply(notFound(1));
        return true;
    }

    static String mime(TrackWindow window) {
        return window.kind() == TrackKind.VIDEO ? "video/mp4" : "audio/mp4";
    }

    /// Names are never used again; the bound only keeps caches from filling up.
    static String immutable(int targetDurationSeconds) {
        return "public, max-age=" + Math.max(60, 6 * targetDurationSeconds) + ", immutable";
    }

    static HttpReply notFound(int maxAgeSeconds) {
        return HttpReply.text(404, "There is no such live stream or segment.")
                .cacheControl("max-age=" + maxAgeSeconds);
    }
}
