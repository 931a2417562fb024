package io.millrace.liveingest.live;

import io.millrace.delivery.http.HttpExchange;
import io.millrace.delivery.http.HttpReply;
import io.netty.channel.EventLoop;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// Requests that are answered when the stream has gone on: how many there may be, how long they
/// wait. Thread-safe.
final class HeldRequests {
    /// Each is an open request of a listener, which has its own bound; this one is the live role's.
    static final int MAX_HELD = 100_000;

    private final AtomicInteger count = new AtomicInteger();

    /// What a held request waits for.
    interface Answers {
        /// Replies when it is there; on the exchange's event loop.
        ///
        /// @param shared what others get at this moment; borrowed
        /// @return whether it has replied
        boolean answer(TrackState state, SharedFragment shared);

        /// What to say when it does not come.
        HttpReply tooLate();
    }

    int count() {
        return count.get();
    }

    void hold(HttpExchange exchange, TrackFeed feed, int seconds, Answers answers) {
        EventLoop loop = exchange.loop();
        if (!loop.inEventLoop()) {
            loop.execute(() -> hold(exchange, feed, seconds, answers));
            return;
        }
        if (count.incrementAndGet() > MAX_HELD) {
            count.decrementAndGet();
            exchange.reply(
                    HttpReply.text(503, "Too many are waiting for live streams.")
                            .header("Retry-After", "1")
                            .cacheControl("no-store"));
            return;
        }
        var request = new Request(exchange, answers);
        exchange.onClose(request::left);
        feed.hold(loop, request, System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds));
    }

    private final class Request implements HeldRequest {
        private final HttpExchange exchange;
        private final Answers answers;
        private boolean gone;

        Request(HttpExchange exchange, Answers answers) {
            this.exchange = exchange;
            this.answers = answers;
        }

        /// The exchange is over: answered, or its client went away.
        void left() {
            gone = true;
            count.decrementAndGet();
        }

        @Override
        public boolean answer(TrackState now, SharedFragment shared) {
            return answers.answer(now, shared);
        }

        @Override
        public void expire() {
            exchange.reply(answers.tooLate());
        }

        @Override
        public boolean isGone() {
            return gone;
        }
    }
}
