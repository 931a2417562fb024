package io.millrace.liveingest.ladder;

import io.millrace.delivery.media.TrackKind;
import io.millrace.liveingest.flv.FlvException;
import io.millrace.liveingest.flv.MultitrackMessage;
import io.millrace.storage.process.StreamingChild;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Makes the rungs of one source from its start, or a change of its pictures, to its end: one
/// child, and another one when that dies.
///
/// A thread of its own reads what the child makes, another one writes what it gets. {@link #stop}
/// is for any thread.
final class LadderRun {
    private static final Logger log = LoggerFactory.getLogger(LadderRun.class);

    /// Deaths in a row, after which nothing more is tried.
    static final int MAX_DEATHS = 6;

    /// A child that lived for so long makes up for those before it.
    private static final long GOOD_LIFE_NANOS = Duration.ofSeconds(60).toNanos();

    private static final long FIRST_PAUSE_MS = 200;
    private static final int MAX_IN_FLIGHT = 8 << 20;

    /// What is to be made, and who is told; both on the stream's event loop.
    ///
    /// @param name of the source, for the log
    interface Job {
        String name();

        String decoder();

        List<LadderRung> rungs();

        LadderFeed feed();

        /// Runs it on the stream's event loop.
        ///
        /// @throws RejectedExecutionException when that has stopped
        void onLoop(Runnable task);

        /// One video tag's body, taken over.
        void made(LadderRung rung, long timeMs, ByteBuf body);

        /// A child died; the next one comes, unless `forGood`.
        void died(String why, boolean forGood);
    }

    private final Ladders ladders;
    private final Job job;
    private final Semaphore inFlight = new Semaphore(MAX_IN_FLIGHT);
    private final Thread thread;
    private volatile boolean stopped;
    private volatile @Nullable StreamingChild child;
    private volatile long lastOutputNanos;

    LadderRun(Ladders ladders, Job job) {
        this.ladders = ladders;
        this.job = job;
        thread = Thread.ofPlatform().daemon().name("ladder-" + job.name()).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /// Waits for nobody.
    void stop() {
        stopped = true;
        job.feed().close();
        StreamingChild now = child;
        if (now != null) {
            now.kill();
        }
        synchronized (this) {
            notifyAll();
        }
    }

    /// Ends a child that takes and gives nothing any more; another one follows.
    void endIfSilentFor(Duration time) {
        StreamingChild now = child;
        if (now != null && System.nanoTime() - lastOutputNanos > time.toNanos()) {
            now.kill();
        }
    }

    void join(long millis) throws InterruptedException {
        thread.join(millis);
    }

    private void run() {
        int deaths = 0;
        try {
            while (!stopped) {
                int start = job.feed().awaitStart();
                if (start < 0) {
                    return;
                }
                long begun = System.nanoTime();
                String why = live(start);
                if (stopped) {
                    return;
                }
                deaths = System.nanoTime() - begun > GOOD_LIFE_NANOS ? 1 : deaths + 1;
                boolean forGood = deaths == MAX_DEATHS;
                log.warn(
                        "live {}: the ladder's encoder ended{}: {}",
                        job.name(),
                        forGood ? " for the last time" : "",
                        why);
                ladders.metrics().restarts.increment();
                job.onLoop(() -> job.died(why, forGood));
                if (forGood) {
                    return;
                }
                pause(FIRST_PAUSE_MS << Math.min(5, deaths - 1));
                job.feed().restart();
            }
        } catch (RejectedExecutionException _) {
            log.debug("live {}: the event loop is gone", job.name());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } finally {
            job.feed().close();
            ladders.ended(this);
        }
    }

    private synchronized void pause(long millis) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        for (long left = millis; left > 0 && !stopped; ) {
            wait(left);
            left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        }
    }

    /// One child's life.
    ///
    /// @return why it ended
    private String live(int start) throws InterruptedException {
        StreamingChild now;
        try {
            now = ladders.start(job, job.feed().compositionMs());
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
        lastOutputNanos = System.nanoTime();
        child = now;
        if (stopped) {
            now.kill();
        }
        log.info("live {}: process {} makes {}", job.name(), now.pid(), job.rungs());
        Thread writer =
                Thread.ofPlatform()
                        .daemon()
                        .name("ladder-in-" + now.pid())
                        .start(() -> feed(now, start));
        String why = "";
        try {
            read(now);
        } catch (FlvException e) {
            why = "it made nonsense: " + e.getMessage();
        } catch (IOException e) {
            why = e.toString();
        } finally {
            child = null;
            String said = now.end();
            if (why.isEmpty()) {
                why = said.isEmpty() ? "it said nothing" : said;
            }
            writer.interrupt();
            writer.join();
        }
        return why;
    }

    private void feed(StreamingChild to, int start) {
        byte[] piece = new byte[1 << 14];
        try (OutputStream out = to.input()) {
            for (ByteBuf tag = job.feed().take(start); tag != null; tag = job.feed().take(start)) {
                try {
                    while (tag.isReadable()) {
                        int size = Math.min(piece.length, tag.readableBytes());
                        tag.readBytes(piece, 0, size);
                        out.write(piece, 0, size);
                    }
                } finally {
                    tag.release();
                }
                if (!job.feed().hasMore()) {
                    out.flush();
                }
            }
        } catch (IOException e) {
            log.trace("live {}: to process {}: {}", job.name(), to.pid(), e.toString());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void read(StreamingChild from) throws IOException, FlvException, InterruptedException {
        var tags = new FlvTagReader(from.output(), ByteBufAllocator.DEFAULT);
        for (FlvTagReader.Tag tag = tags.next(); tag != null; tag = tags.next()) {
            lastOutputNanos = System.nanoTime();
            ByteBuf body = tag.body();
            try {
                if (tag.type() == FlvTagReader.VIDEO && body.isReadable()) {
                    give(tag);
                }
            } finally {
                body.release();
            }
        }
    }

    /// Borrows it.
    private void give(FlvTagReader.Tag tag) throws FlvException, InterruptedException {
        ByteBuf body = tag.body();
        long time = job.feed().streamTime(tag.timeMs());
        if (!MultitrackMessage.is(TrackKind.VIDEO, body)) {
            give(0, time, body.retain());
            return;
        }
        boolean[] interrupted = new boolean[1];
        MultitrackMessage.split(
                TrackKind.VIDEO,
                body,
                body.alloc(),
                (track, one) -> {
                    try {
                        give(track, time, one);
                    } catch (InterruptedException _) {
                        interrupted[0] = true;
                    }
                });
        if (interrupted[0]) {
            throw new InterruptedException();
        }
    }

    /// Takes `body` over.
    private void give(int track, long time, ByteBuf body) throws InterruptedException {
        if (track >= job.rungs().size()) {
            body.release();
            return;
        }
        int size = Math.min(MAX_IN_FLIGHT, Math.max(1, body.readableBytes()));
        boolean given = false;
        try {
            inFlight.acquire(size);
            LadderRung rung = job.rungs().get(track);
            job.onLoop(
                    () -> {
                        inFlight.release(size);
                        job.made(rung, time, body);
                    });
            given = true;
        } finally {
            if (!given) {
                body.release();
            }
        }
    }
}
