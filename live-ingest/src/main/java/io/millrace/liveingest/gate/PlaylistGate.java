package io.millrace.liveingest.gate;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.delivery.http.HttpExchange;
import io.millrace.delivery.http.HttpProblem;
import io.millrace.liveingest.gate.PlayGate.Verdict;
import io.millrace.storage.sign.PathSigner;
import io.netty.util.NetUtil;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/// Lets viewers of HLS and DASH watch who have been asked about. Each is asked about once, whatever
/// he wants first; what he wants meanwhile waits for the same answer.
///
/// | answer | holds |
/// |---|---|
/// | yes | until he has asked for nothing for 60 s |
/// | no | 30 s: 403 |
/// | none | 2 s: 503 |
///
/// Who comes back after that is asked about with the parameters that he came with, for half an
/// hour. Who counts as one viewer: {@link Watcher}. When there are as many as may be remembered,
/// refusals are forgotten, and whoever asked for nothing for 15 s; if that makes no room, who comes
/// newly is told to come later, and nobody who watches is disturbed.
///
/// Thread-safe; never blocks.
public final class PlaylistGate {
    private static final Logger log = LoggerFactory.getLogger(PlaylistGate.class);
    private static final Duration SWEEPS_EVERY = Duration.ofSeconds(10);

    /// @param viewersOfStream remembered of one stream
    /// @param viewers remembered of all
    /// @param questions open at a time; {@link PlayGate} has others to answer
    /// @param waiting requests that wait for an answer
    record Limits(int viewersOfStream, int viewers, int questions, int waiting) {
        static final Limits DEFAULT = new Limits(50_000, 100_000, 500, 50_000);
    }

    /// What a request gets when its viewer may watch; on its event loop.
    @FunctionalInterface
    public interface Answer {
        void give() throws HttpProblem;
    }

    private final PlayGate asked;
    private final @Nullable PathSigner signer;
    private final InstantSource clock;
    private final LongSupplier nanos;
    private final Limits limits;
    private final ConcurrentHashMap<String, StreamViewers> streams = new ConcurrentHashMap<>();
    private final AtomicInteger remembered = new AtomicInteger();
    private final AtomicInteger questions = new AtomicInteger();
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicLong sweptNanos;
    private final AtomicBoolean saidUnproved = new AtomicBoolean();

    /// @param asked about each viewer
    /// @param signer checks who says that it is a node; null: nobody is believed
    public PlaylistGate(
            PlayGate asked,
            @Nullable PathSigner signer,
            InstantSource clock,
            MeterRegistry meters) {
        this(asked, signer, clock, System::nanoTime, Limits.DEFAULT, meters);
    }

    PlaylistGate(
            PlayGate asked,
            @Nullable PathSigner signer,
            InstantSource clock,
            LongSupplier nanos,
            Limits limits,
            MeterRegistry meters) {
        this.asked = asked;
        this.signer = signer;
        this.clock = clock;
        this.nanos = nanos;
        this.limits = limits;
        this.sweptNanos = new AtomicLong(nanos.getAsLong());
        Gauge.builder("millrace.live.play.remembered", remembered, AtomicInteger::get)
                .description("Viewers of HLS and DASH who have been asked about")
                .register(meters);
        Gauge.builder("millrace.live.play.waiting", waiting, AtomicInteger::get)
                .description("Requests that wait until somebody says whether they may be answered")
                .register(meters);
    }

    /// Null where nobody is asked.
    public static @Nullable PlaylistGate of(
            PlayGate asked,
            @Nullable PathSigner signer,
            InstantSource clock,
            MeterRegistry meters) {
        return asked == PlayGate.OPEN ? null : new PlaylistGate(asked, signer, clock, meters);
    }

    /// Whether a request may be answered without asking: a node's, and that of a viewer who watches
    /// already. What is answered to viewers is kept from shared caches, which would give it to
    /// others.
    ///
    /// @param token of the link; empty when there is none
    /// @param looks whether a picture of the stream is wanted
    public boolean admits(HttpExchange exchange, String stream, String token, boolean looks) {
        String node = exchange.header(NodeToken.HEADER);
        if (node != null && isNode(exchange, node, stream)) {
            return true;
        }
        exchange.keepFromSharedCaches();
        StreamViewers viewers = streams.get(stream);
        if (viewers == null) {
            return false;
        }
        long now = nanos.getAsLong();
        Watcher viewer = Watcher.of(exchange, token, false);
        return viewers.watches(viewer, now) || (looks && viewers.watches(viewer.looking(), now));
    }

    private boolean isNode(HttpExchange exchange, String token, String stream) {
        boolean right = NodeToken.isRight(token, signer, stream, clock.instant());
        if (!right && saidUnproved.compareAndSet(false, true)) {
            log.warn(
                    "live {}: {} says that it is a node, but not with a token of this installation's"
                            + " keys, and is asked about as a viewer: nodes need the same"
                            + " delivery.signing-keys (or cluster.secret)",
                    stream,
                    NetUtil.toAddressString(exchange.remoteAddress().getAddress()));
        }
        return right;
    }

    /// Answers a request when its viewer may watch, after asking where need be.
    ///
    /// @param token of the link; empty when there is none
    /// @param kind `hls`, `dash`, `thumbnail`
    /// @param rendition empty where none is named
    /// @throws HttpProblem 400 when the query cannot be read
    public void ask(
            HttpExchange exchange,
            String stream,
            String token,
            String kind,
            String rendition,
            Answer answer)
            throws HttpProblem {
        var question = new PlayQuestion(stream, rendition, kind, Player.of(exchange, token));
        Watcher viewer = Watcher.of(exchange, token, kind.equals("thumbnail"));
        sweepSometimes(exchange);
        while (!askedOrWaits(viewer, question, new Waiting(exchange, answer))) {
            // Its stream's viewers have all gone at this moment: there will be others.
            Thread.onSpinWait();
        }
    }

    /// @return false when it is to be tried again
    private boolean askedOrWaits(Watcher viewer, PlayQuestion first, Waiting request) {
        PlayQuestion question = first;
        long now = nanos.getAsLong();
        StreamViewers viewers =
                streams.computeIfAbsent(
                        first.stream(), _ -> new StreamViewers(limits, remembered, now));
        Leave added;
        synchronized (viewers) {
            if (viewers.isGone()) {
                return false;
            }
            Leave known = viewers.of(viewer, now);
            if (known != null) {
                hearOrWait(known, request);
                return true;
            }
            question = first.withParameters(viewers.lapsed(viewer));
            boolean mayAsk = reserved(questions, limits.questions());
            added = mayAsk ? viewers.add(viewer, question.player().parameters(), now) : null;
            if (added != null) {
                hearOrWait(added, request);
            } else if (mayAsk) {
                questions.decrementAndGet();
            }
        }
        if (added == null) {
            request.busy();
        } else {
            ask(question, viewers, viewer, added);
        }
        return true;
    }

    /// Under the lock of the stream's viewers.
    private void hearOrWait(Leave leave, Waiting request) {
        Verdict verdict = leave.verdict();
        if (verdict != null) {
            request.hear(verdict);
        } else if (reserved(waiting, limits.waiting())) {
            leave.await(request);
        } else {
            request.busy();
        }
    }

    private static boolean reserved(AtomicInteger count, int max) {
        if (count.incrementAndGet() > max) {
            count.decrementAndGet();
            return false;
        }
        return true;
    }

    private void ask(PlayQuestion question, StreamViewers viewers, Watcher viewer, Leave leave) {
        CompletionStage<Verdict> answer;
        try {
            answer = asked.ask(question);
        } catch (RuntimeException e) {
            answer = CompletableFuture.failedFuture(e);
        }
        answer.whenComplete(
                (verdict, failure) -> {
                    questions.decrementAndGet();
                    if (failure != null) {
                        log.warn("live {}: nobody can be asked", question.stream(), failure);
                    }
                    heard(
                            question,
                            failure == null ? verdict : new Verdict.Unknown(),
                            viewers,
                            viewer,
                            leave);
                });
    }

    private void heard(
            PlayQuestion question,
            Verdict verdict,
            StreamViewers viewers,
            Watcher viewer,
            Leave leave) {
        if (verdict instanceof Verdict.Refused(String reason)) {
            log.info(
                    "live {}: {} may not be played by {}: {}",
                    question.stream(),
                    question.kind(),
                    NetUtil.toAddressString(viewer.address()),
                    reason);
        }
        List<Waiting> requests;
        synchronized (viewers) {
            requests = viewers.answer(viewer, leave, verdict, nanos.getAsLong());
        }
        waiting.addAndGet(-requests.size());
        requests.forEach(request -> request.hear(verdict));
    }

    /// When somebody comes, as only then there are more of them.
    private void sweepSometimes(HttpExchange exchange) {
        long now = nanos.getAsLong();
        long last = sweptNanos.get();
        if (now - last >= SWEEPS_EVERY.toNanos() && sweptNanos.compareAndSet(last, now)) {
            try {
                exchange.executor().execute(this::sweep);
            } catch (RejectedExecutionException _) {
                // going down
            }
        }
    }

    private void sweep() {
        streams.forEach(
                (stream, viewers) -> {
                    synchronized (viewers) {
                        if (viewers.sweep(nanos.getAsLong())) {
                            streams.remove(stream, viewers);
                        }
                    }
                });
    }
}
