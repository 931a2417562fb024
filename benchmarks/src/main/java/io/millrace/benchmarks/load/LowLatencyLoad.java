package io.millrace.benchmarks.load;

import io.netty.buffer.ByteBuf;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Viewers of low-latency HLS, who all wait for the part that is not there yet: `llhls` and
/// `latency`.
///
/// One of them reads the playlist and so knows what comes next; another one gets the part itself,
/// whose last bytes say which picture it ends with ({@link Stamps}). A part ends with the arrival
/// of the picture after its last: from there its way is timed, by the clock of publisher and
/// viewers, who are one process. More arguments than {@link LiveLoad}'s:
///
/// | name | of |
/// |---|---|
/// | what | playlist or part: what all ask for |
/// | http2 | true: over HTTP/2 |
/// | parts | how many parts are waited for |
/// | trace | 1: a line for each part on standard error |
final class LowLatencyLoad {
    private static final String STREAM = "low";
    private static final Pattern HINT =
            Pattern.compile("PRELOAD-HINT:TYPE=PART,URI=\"(v1-part-(\\d+)\\.(\\d+)-\\d+\\.m4s)\"");

    /// A round counts when everybody has been waiting for so long when the part came.
    private static final long SETTLED_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final LiveLoad load;
    private final Stamps stamps = new Stamps();
    private final boolean http2;
    private final List<AskingConnection> crowd = new ArrayList<>();
    private final AskingConnection leader;
    private final AskingConnection probe;
    private final CountDownLatch done = new CountDownLatch(1);
    private final boolean wantsParts;
    private final boolean traces;
    private final ServerProcess clients = new ServerProcess(ProcessHandle.current().pid());
    private int wanted;
    private int before;

    private String playlist = "";
    private int rounds;
    private int skipped;
    private int failed;
    private int missing;
    private long askedNanos;
    private long firstNanos;
    private long lastNanos;
    private long leaderNanos;
    private long probeNanos;
    private long lastStamp;
    private int previousEnd = -1;
    private int replyBytes;

    private final Samples spread = new Samples();
    private final Samples toLast = new Samples();
    private final Samples toPlaylist = new Samples();
    private final Samples toPart = new Samples();
    private final Samples oldest = new Samples();
    private final Samples paced = new Samples();
    private final Samples newest = new Samples();
    private final Samples late = new Samples();
    private long serverCpuNanos;
    private long clientsCpuNanos;

    LowLatencyLoad(LiveLoad load) {
        this.load = load;
        http2 = load.number("http2", 0) == 1;
        wantsParts = load.text("what").equals("part");
        traces = load.number("trace", 0) == 1;
        leader = connection(this::leaderAnswered, true);
        probe = connection(this::probeAnswered, true);
    }

    private AskingConnection connection(AskingConnection.Answered answered, boolean keeps) {
        return http2 ? new Http2Asking(answered, keeps) : new Http1Asking(answered, keeps);
    }

    /// How long it takes to answer all that wait.
    String crowd() throws Exception {
        int count = load.number("count", 1000);
        run(count);
        return String.format(
                Locale.ROOT,
                "viewers=%d over=%s of=%s parts=%d not-counted=%d failed=%d reply=%dB"
                        + " part-ended-to-last-reply %s; first-to-last-reply %s;"
                        + " cpu for a part: server %.1fms clients %.1fms",
                count,
                http2 ? "HTTP/2" : "HTTP/1.1",
                wantsParts ? "part" : "playlist",
                spread.count(),
                skipped,
                failed,
                replyBytes,
                toLast,
                spread,
                serverCpuNanos / 1e6 / wanted,
                clientsCpuNanos / 1e6 / wanted);
    }

    /// How long it takes from a picture to the part with it.
    String latency() throws Exception {
        run(0);
        return String.format(
                Locale.ROOT,
                "parts=%d failed=%d; part ended to playlist %s; to the part's last byte %s; age of a"
                        + " part's first picture then %s; the same by the publisher's pace %s; of"
                        + " its last %s; the publisher was late by %s",
                toPart.count(),
                failed,
                toPlaylist,
                toPart,
                oldest,
                paced,
                newest,
                late);
    }

    private void run(int count) throws Exception {
        wanted = load.number("parts", 100);
        var pace = load.startPublishing();
        load.publish(STREAM, stamps);
        load.connect("http", leader, true);
        load.connect("http", probe, true);
        for (int i = 0; i < count; i++) {
            AskingConnection one = connection(this::crowdAnswered, false);
            crowd.add(one);
            load.connect("http", one, true);
            if (i % LiveLoad.CONNECTED_AT_ONCE == LiveLoad.CONNECTED_AT_ONCE - 1) {
                TimeUnit.MILLISECONDS.sleep(50);
            }
        }
        before = 3 * load.number("warm", 10);
        load.<Integer>on(
                () -> {
                    missing = 1;
                    ask(leader, "v1.m3u8");
                    return 0;
                });
        if (!done.await(wanted + before + 30L, TimeUnit.SECONDS)) {
            throw new IOException("no end; the last playlist was " + playlist);
        }
        pace.cancel(false);
    }

    private void ask(AskingConnection who, String path) {
        ByteBuf request = who.request("/live/" + STREAM + "/" + path);
        who.ask(request);
        request.release();
    }

    private void leaderAnswered(AskingConnection who, int status, ByteBuf body) {
        leaderNanos = System.nanoTime();
        replyBytes = wantsParts ? replyBytes : body.readableBytes();
        playlist = body.toString(StandardCharsets.UTF_8);
        answered(status, leaderNanos);
    }

    private void probeAnswered(AskingConnection who, int status, ByteBuf body) {
        probeNanos = System.nanoTime();
        replyBytes = wantsParts ? body.readableBytes() : replyBytes;
        lastStamp =
                body.readableBytes() < Long.BYTES
                        ? 0
                        : body.getLong(body.writerIndex() - Long.BYTES);
        answered(status, probeNanos);
    }

    private void crowdAnswered(AskingConnection who, int status, ByteBuf body) {
        answered(status, System.nanoTime());
    }

    private void answered(int status, long now) {
        if (status != 200) {
            failed++;
        }
        if (firstNanos == 0) {
            firstNanos = now;
        }
        lastNanos = now;
        if (--missing == 0) {
            roundOver();
        }
    }

    private void roundOver() {
        if (askedNanos != 0) {
            note();
        }
        if (rounds == before) {
            cpu(-1);
        }
        if (rounds == before + wanted || failed > 100) {
            cpu(1);
            done.countDown();
            return;
        }
        Matcher hint = HINT.matcher(playlist);
        if (!hint.find()) {
            throw new IllegalStateException("no part is hinted at: " + playlist);
        }
        rounds++;
        firstNanos = 0;
        String part = hint.group(1);
        String reload = "v1.m3u8?_HLS_msn=" + hint.group(2) + "&_HLS_part=" + hint.group(3);
        missing = crowd.size() + 2;
        if (!crowd.isEmpty()) {
            ByteBuf request =
                    crowd.getFirst()
                            .request("/live/" + STREAM + "/" + (wantsParts ? part : reload));
            for (AskingConnection one : crowd) {
                one.ask(request);
            }
            request.release();
        }
        ask(probe, part);
        ask(leader, reload);
        askedNanos = System.nanoTime();
    }

    /// Adds what both sides have run for so far, or takes it off.
    private void cpu(int sign) {
        try {
            serverCpuNanos += sign * load.server().cpuNanos();
            clientsCpuNanos += sign * clients.cpuNanos();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void note() {
        if (rounds <= before) {
            return;
        }
        int end = stamps.indexOf(lastStamp);
        int start = previousEnd + 1;
        previousEnd = end;
        if (end < 0 || stamps.at(end + 1) == 0) {
            skipped++; // a picture that no stamp fits into
            return;
        }
        long closed = stamps.at(end + 1);
        if (closed - askedNanos < SETTLED_NANOS) {
            skipped++;
            return;
        }
        spread.add(lastNanos - firstNanos);
        toLast.add(lastNanos - closed);
        toPlaylist.add(leaderNanos - closed);
        toPart.add(probeNanos - closed);
        newest.add(probeNanos - stamps.at(end));
        late.add(stamps.late(end + 1));
        if (start > 0) {
            long age = probeNanos - stamps.at(start);
            oldest.add(age);
            // Pictures that the publisher sends too late stretch a part; nobody can have it sooner.
            paced.add(age - stamps.late(end + 1) + stamps.late(start));
        }
        if (traces) {
            System.err.printf(
                    Locale.ROOT,
                    "%d part %d: first reply %.1f, last %.1f; playlist %.1f, part %.1f; publisher"
                            + " late %.1f%n",
                    System.currentTimeMillis(),
                    rounds,
                    (firstNanos - closed) / 1e6,
                    (lastNanos - closed) / 1e6,
                    (leaderNanos - closed) / 1e6,
                    (probeNanos - closed) / 1e6,
                    stamps.late(end + 1) / 1e6);
        }
    }
}
