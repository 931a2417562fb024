package io.millrace.liveingest.live;

import io.millrace.delivery.http.BodyWriter;
import io.millrace.delivery.http.HttpBody;
import io.millrace.delivery.http.HttpExchange;
import io.millrace.delivery.http.HttpReply;
import io.millrace.delivery.http.PreparedReply;
import io.millrace.delivery.media.Timescale;
import io.netty.buffer.Unpooled;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/// Live DASH: the MPD, made once for each state, and segments by their start, which are sent chunk
/// by chunk while they are made. Thread-safe.
final class DashAnswers {
    /// A start that was foretold may be off, where an encoder does not keep its habits; in the MPD
    /// of a second later it is right.
    private static final long FORETOLD_TOLERANCE_MS = 600;

    private static final int MAX_MANIFESTS = 4096;

    /// ISO/IEC 14496-12 §8.1.2, without content.
    private static final byte[] FREE_BOX = {0, 0, 0, 8, 'f', 'r', 'e', 'e'};

    /// One track of the MPD, as far as it shows.
    private record Seen(String id, long openSequence, boolean open, boolean ended) {}

    private record State(DashTimeline.Line line, List<Seen> tracks, String timeUrl) {}

    private record Made(State of, PreparedReply reply) {}

    private final HeldRequests held;
    private final ConcurrentHashMap<String, Made> manifests = new ConcurrentHashMap<>();

    DashAnswers(HeldRequests held) {
        this.held = held;
    }

    /// @return null when there is nothing to play yet
    ///
    /// @param past whether of what players may go back in, and as far as they may
    @Nullable PreparedReply manifest(LivePresentation presentation, String timeUrl, boolean past) {
        DashTimeline.Line line = presentation.dash(past).line();
        if (line == null) {
            return null;
        }
        List<Seen> seen = new ArrayList<>();
        for (TrackWindow window : presentation.windows()) {
            TrackWindow.View view = window.view();
            seen.add(
                    new Seen(
                            window.id(),
                            view.openSequence(),
                            !view.open().isEmpty(),
                            view.ended()));
        }
        var state = new State(line, seen, timeUrl);
        String key = presentation.entryId() + (past ? "/" : "");
        Made made = manifests.get(key);
        if (made == null || !made.of().equals(state)) {
            byte[] text =
                    new LiveMpd(presentation, line, timeUrl, past)
                            .text(Instant.now())
                            .getBytes(StandardCharsets.UTF_8);
            made =
                    new Made(
                            state,
                            PreparedReply.of(
                                    HttpReply.bytes(200, LiveMpd.MIME, text)
                                            .cacheControl("max-age=1")));
            if (manifests.size() >= MAX_MANIFESTS) {
                manifests.clear();
            }
            manifests.put(key, made);
        }
        return made.reply();
    }

    /// Answers with the segment that starts there: whole, as it grows, or when it begins.
    void segment(HttpExchange exchange, LivePresentation presentation, LiveName.TimedSegment name) {
        TrackWindow window = presentation.window(name.track());
        if (window == null) {
            exchange.reply(LiveHttpHandler.notFound(1));
            return;
        }
        TrackWindow.View view = window.view();
        long tolerance =
                Timescale.rescale(
                        FORETOLD_TOLERANCE_MS, Timescale.MILLISECONDS, view.track().timescale());
        int target = presentation.options().targetDurationSeconds();
        long ticks = name.ticks();
        boolean inNewest = view.openInit().equals(name.init());
        LiveSegment whole = startingAt(view, ticks, tolerance);
        List<LiveFragment> open = view.open();
        if (inNewest
                && !open.isEmpty()
                && Math.abs(open.getFirst().startTicks() - ticks) <= tolerance) {
            stream(exchange, presentation, window, view.openSequence());
        } else if (whole != null && whole.initName().equals(name.init())) {
            List<HttpBody.Part> parts = new ArrayList<>(2 * whole.fragments().size());
            for (LiveFragment fragment : whole.fragments()) {
                parts.add(
                        new HttpBody.BufferPart(
                                Unpooled.wrappedBuffer(ProducerTime.box(fragment))));
                parts.add(new HttpBody.BufferPart(Unpooled.wrappedBuffer(fragment.bytes())));
            }
            exchange.reply(
                    HttpReply.parts(200, LiveHttpHandler.mime(window), parts, () -> {})
                            .ranges()
                            .cacheControl(LiveHttpHandler.immutable(target)));
        } else if (inNewest && !view.ended() && isNext(view, ticks)) {
            whenBegun(
                    exchange,
                    presentation,
                    window,
                    open.isEmpty() ? view.openSequence() : view.openSequence() + 1);
        } else {
            DvrTrack past = presentation.dvr(window.id());
            DvrTrack.Place place = past == null ? null : past.placeAt(ticks, tolerance);
            if (place != null && place.segment().initName().equals(name.init())) {
                DvrAnswers.segment(exchange, place, LiveHttpHandler.mime(window), target);
            } else {
                exchange.reply(
                        neverCame(view, name, tolerance, target)
                                ? nothing(window)
                                : LiveHttpHandler.notFound(1));
            }
        }
    }

    private static @Nullable LiveSegment startingAt(
            TrackWindow.View view, long ticks, long tolerance) {
        List<LiveSegment> kept = view.kept();
        LiveSegment nearest = null;
        long distance = tolerance;
        for (int i = kept.size() - 1; i >= 0; i--) {
            if (!kept.get(i).isGap()) {
                long start = kept.get(i).fragments().getFirst().startTicks();
                if (Math.abs(start - ticks) <= distance) {
                    distance = Math.abs(start - ticks);
                    nearest = kept.get(i);
                } else if (start < ticks - tolerance) {
                    break;
                }
            }
        }
        return nearest;
    }

    /// Whether it is the segment that the MPD foretells, or told of before the encoder changed its
    /// habits: the next, however long the one before it gets.
    private static boolean isNext(TrackWindow.View view, long ticks) {
        SegmentForecast forecast = SegmentForecast.of(view);
        if (!forecast.tells()) {
            return false;
        }
        long next = forecast.openStart() + (view.open().isEmpty() ? 0 : forecast.length());
        return Math.abs(ticks - next) <= forecast.length() / 2;
    }

    /// Whether it was foretold of a run of segments that broke off before.
    private static boolean neverCame(
            TrackWindow.View view, LiveName.TimedSegment name, long tolerance, int target) {
        List<LiveSegment> kept = view.kept();
        boolean broken = view.openDiscontinuity();
        for (int i = kept.size() - 1; i >= 0; i--) {
            LiveSegment segment = kept.get(i);
            if (broken && segment.initName().equals(name.init())) {
                long late = name.ticks() - segment.endTicks();
                if (late >= -tolerance && late <= (long) target * view.track().timescale()) {
                    return true;
                }
            }
            broken = segment.discontinuity();
        }
        return false;
    }

    /// A segment of nothing, for what was foretold and never came: Shaka Player asks for it for
    /// ever when it is refused.
    private static HttpReply nothing(TrackWindow window) {
        return HttpReply.bytes(200, LiveHttpHandler.mime(window), FREE_BOX.clone())
                .cacheControl("max-age=1");
    }

    private void whenBegun(
            HttpExchange exchange,
            LivePresentation presentation,
            TrackWindow window,
            long sequence) {
        String init = window.view().openInit();
        held.hold(
                exchange,
                presentation.feed(window),
                3 * presentation.options().targetDurationSeconds(),
                new HeldRequests.Answers() {
                    @Override
                    public boolean answer(TrackState state, SharedFragment shared) {
                        TrackWindow.View view = window.view();
                        if (!view.openInit().equals(init)) {
                            exchange.reply(nothing(window)); // what comes is decoded otherwise
                        } else if (view.part(sequence, 0) != null) {
                            stream(exchange, presentation, window, sequence);
                        } else if (sequence < view.openSequence() || view.ended()) {
                            exchange.reply(tooLate());
                        } else {
                            return false;
                        }
                        return true;
                    }

                    @Override
                    public HttpReply tooLate() {
                        return LiveHttpHandler.notFound(1);
                    }
                });
    }

    private static void stream(
            HttpExchange exchange,
            LivePresentation presentation,
            TrackWindow window,
            long sequence) {
        long patience =
                TimeUnit.SECONDS.toNanos(4L * presentation.options().targetDurationSeconds());
        TrackFeed feed = presentation.feed(window);
        exchange.reply(
                HttpReply.stream(
                                200,
                                LiveHttpHandler.mime(window),
                                writer ->
                                        feed.hold(
                                                exchange.loop(),
                                                new GrowingSegment(window, sequence, writer),
                                                System.nanoTime() + patience))
                        .cacheControl(
                                LiveHttpHandler.immutable(
                                        presentation.options().targetDurationSeconds())));
    }

    /// Sends a segment's chunks as they come. Its exchange's event loop only.
    private static final class GrowingSegment implements HeldRequest {
        private final TrackWindow window;
        private final long sequence;
        private final BodyWriter writer;
        private int sent;

        GrowingSegment(TrackWindow window, long sequence, BodyWriter writer) {
            this.window = window;
            this.sequence = sequence;
            this.writer = writer;
        }

        @Override
        public boolean answer(TrackState now, SharedFragment shared) {
            TrackWindow.View view = window.view();
            LiveSegment whole = view.segment(sequence);
            if (whole != null) {
                send(whole.fragments());
                writer.finish();
                return true;
            }
            if (sequence == view.openSequence()) {
                send(view.open());
            }
            if (sequence < view.openSequence() || view.ended()) {
                expire();
                return true;
            }
            return false;
        }

        private void send(List<LiveFragment> fragments) {
            while (sent < fragments.size()) {
                LiveFragment fragment = fragments.get(sent++);
                writer.write(Unpooled.wrappedBuffer(ProducerTime.box(fragment), fragment.bytes()));
            }
        }

        @Override
        public void expire() {
            writer.finish(); // chunks stand alone
        }

        @Override
        public boolean isGone() {
            return writer.isClosed();
        }
    }
}
