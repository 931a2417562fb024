package io.millrace.benchmarks.load;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.util.concurrent.Future;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/// The cases of `benchmarks/load/live`: publishers and viewers of live streams, all on one event
/// loop. Prints one line of figures. Arguments are `name=value`:
///
/// | name | of |
/// |---|---|
/// | case | ingest, fanout, first, stalled, churn; llhls, latency: {@link LowLatencyLoad} |
/// | rtmp, http, ops | where the server is, host:port |
/// | pid | whose CPU and memory are looked at |
/// | clip | an FLV file, sent again and again |
/// | kind | rtmp or flv: how viewers watch |
/// | count, stalled, seconds, warm | viewers or publishers; of them reading nothing; measured; before that |
/// | every, sample | churn: ms between arrivals, seconds between looks at the server |
public final class LiveLoad {
    private static final String APP = "live";
    static final int CONNECTED_AT_ONCE = 100;
    private static final long TICK_MS = 5;

    private final Map<String, String> arguments = new HashMap<>();
    private final MultiThreadIoEventLoopGroup group =
            new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final ServerProcess server;
    private final LiveClip clip;
    private final List<LivePublisher> publishers = new ArrayList<>();

    private LiveLoad(String[] args) throws IOException {
        for (String arg : args) {
            int equals = arg.indexOf('=');
            arguments.put(arg.substring(0, equals), arg.substring(equals + 1));
        }
        server = new ServerProcess(number("pid", 0));
        clip = new LiveClip(Path.of(text("clip")));
    }

    public static void main(String[] args) throws Exception {
        var load = new LiveLoad(args);
        try {
            new PrintStream(System.out, true, StandardCharsets.UTF_8).println(load.figures());
        } finally {
            load.group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
        }
    }

    private String figures() throws Exception {
        return switch (text("case")) {
            case "ingest" -> ingest();
            case "fanout", "stalled" -> fanOut();
            case "first" -> first();
            case "churn" -> churn();
            case "llhls" -> new LowLatencyLoad(this).crowd();
            case "latency" -> new LowLatencyLoad(this).latency();
            default -> throw new IllegalArgumentException("case: " + text("case"));
        };
    }

    String text(String name) {
        String value = arguments.get(name);
        if (value == null) {
            throw new IllegalArgumentException(name + ": missing");
        }
        return value;
    }

    ServerProcess server() {
        return server;
    }

    int number(String name, int otherwise) {
        return Integer.parseInt(arguments.getOrDefault(name, Integer.toString(otherwise)));
    }

    // --- publishers ---------------------------------------------------------------------------

    Future<?> startPublishing() {
        return group.scheduleAtFixedRate(
                () -> {
                    long now = System.nanoTime();
                    for (LivePublisher publishing : publishers) {
                        publishing.tick(now);
                    }
                },
                TICK_MS,
                TICK_MS,
                TimeUnit.MILLISECONDS);
    }

    private RtmpLoadConnection publish(String name, boolean stamps) throws Exception {
        return publish(name, stamps ? new Stamps() : null);
    }

    /// @param stamps told of each picture; null where none is stamped
    RtmpLoadConnection publish(String name, @Nullable Stamps stamps) throws Exception {
        var connection = new RtmpLoadConnection(APP, "publish", name, Probe.NONE, true);
        connect("rtmp", connection, true);
        on(() -> publishers.add(new LivePublisher(clip, connection, stamps)));
        return connection;
    }

    // --- cases --------------------------------------------------------------------------------

    private String ingest() throws Exception {
        int count = number("count", 200);
        var connections = new ArrayList<RtmpLoadConnection>();
        Future<?> pace = startPublishing();
        for (int i = 0; i < count; i++) {
            connections.add(publish("ingest" + i, false));
            TimeUnit.MILLISECONDS.sleep(2000 / count); // key frames do not come all at once
        }
        TimeUnit.SECONDS.sleep(number("warm", 10));
        long cpu = server.cpuNanos();
        long start = System.nanoTime();
        TimeUnit.SECONDS.sleep(number("seconds", 10));
        double seconds = (System.nanoTime() - start) / 1e9;
        double cpuSeconds = (server.cpuNanos() - cpu) / 1e9;
        long backlog =
                on(() -> connections.stream().mapToLong(RtmpLoadConnection::backlog).max())
                        .orElse(0);
        long lost = on(() -> connections.stream().filter(c -> !c.isEstablished()).count());
        pace.cancel(false);
        return String.format(
                Locale.ROOT,
                "publishers=%d lost=%d cpu=%.1f%% ms-per-s-per-publisher=%.3f greatest-backlog=%d"
                        + " rss=%dMB",
                count,
                lost,
                100 * cpuSeconds / seconds,
                1000 * cpuSeconds / seconds / count,
                backlog,
                server.residentBytes() >> 20);
    }

    private String fanOut() throws Exception {
        int count = number("count", 1000);
        int stalled = number("stalled", 0);
        Future<?> pace = startPublishing();
        publish("fan", true);
        TimeUnit.SECONDS.sleep(3);
        long heap = server.heapBytes();
        long rss = server.residentBytes();
        List<Viewing> viewers = new ArrayList<>();
        List<Viewing> stuck = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            boolean reads = i >= stalled;
            (reads ? viewers : stuck).add(watch("fan", Probe.NONE, reads));
            if (i % CONNECTED_AT_ONCE == CONNECTED_AT_ONCE - 1) {
                TimeUnit.MILLISECONDS.sleep(100);
            }
        }
        var probe = new Probe(true);
        watch("fan", probe, true);
        TimeUnit.SECONDS.sleep(number("warm", 10));
        long heapThen = server.heapBytes();
        on(
                () -> {
                    probe.restart();
                    return 0;
                });
        long received = on(() -> viewers.stream().mapToLong(Viewing::received).sum());
        long cpu = server.cpuNanos();
        long start = System.nanoTime();
        TimeUnit.SECONDS.sleep(number("seconds", 10));
        double cpuSeconds = (server.cpuNanos() - cpu) / 1e9;
        double seconds = (System.nanoTime() - start) / 1e9;
        double gigabits =
                (on(() -> viewers.stream().mapToLong(Viewing::received).sum()) - received)
                        * 8
                        / 1e9;
        long lost = on(() -> viewers.stream().filter(Viewing::isClosed).count());
        // Who was closed sees it when it reads again.
        on(
                () -> {
                    stuck.forEach(Viewing::readAgain);
                    return 0;
                });
        TimeUnit.SECONDS.sleep(stalled > 0 ? 2 : 0);
        long stuckClosed = on(() -> stuck.stream().filter(Viewing::isClosed).count());
        long slowest = on(() -> viewers.stream().mapToLong(Viewing::received).min()).orElse(0);
        long fastest = on(() -> viewers.stream().mapToLong(Viewing::received).max()).orElse(0);
        String ages =
                on(
                        () ->
                                String.format(
                                        Locale.ROOT,
                                        "p50=%.1fms p95=%.1fms max=%.1fms",
                                        probe.ageMs(0.5),
                                        probe.ageMs(0.95),
                                        probe.ageMs(1)));
        pace.cancel(false);
        return String.format(
                Locale.ROOT,
                "viewers=%d lost=%d stalled=%d closed-of-them=%d Gbit/s=%.2f cpu=%.1f%%"
                        + " cpu-s-per-Gbit=%.3f latency %s least/most-bytes=%.3f"
                        + " heap-per-viewer=%dKiB rss-per-viewer=%dKiB",
                viewers.size(),
                lost,
                stuck.size(),
                stuckClosed,
                gigabits / seconds,
                100 * cpuSeconds / seconds,
                cpuSeconds / gigabits,
                ages,
                slowest / (double) Math.max(1, fastest),
                (heapThen - heap) / count >> 10,
                (server.residentBytes() - rss) / count >> 10);
    }

    private String first() throws Exception {
        int count = number("count", 100);
        Future<?> pace = startPublishing();
        publish("first", true);
        TimeUnit.SECONDS.sleep(number("warm", 5));
        var took = new Samples();
        var random = new Random(7);
        for (int i = 0; i < count; i++) {
            var probe = new Probe(true);
            long start = System.nanoTime();
            Viewing viewer = watch("first", probe, true);
            for (int wait = 0; wait < 5000 && on(probe::firstPictureNanos) == 0; wait++) {
                TimeUnit.MILLISECONDS.sleep(1);
            }
            long first = on(probe::firstPictureNanos);
            if (first != 0) {
                took.add(first - start);
                System.err.println(i + " " + (first - start) / 1e6);
            }
            viewer.close();
            TimeUnit.MILLISECONDS.sleep(random.nextInt(1000));
        }
        pace.cancel(false);
        return String.format(
                Locale.ROOT,
                "viewers=%d got-a-picture=%d first-picture %s",
                count,
                took.count(),
                took);
    }

    /// Publishers and viewers that stay for some seconds each.
    private String churn() throws Exception {
        int count = number("count", 20);
        Future<?> pace = startPublishing();
        var random = new Random(11);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(number("seconds", 600));
        long nextSample = System.nanoTime();
        var samples = new StringBuilder();
        int published = 0;
        int watched = 0;
        List<RtmpLoadConnection> there = new ArrayList<>();
        List<Viewing> viewers = new ArrayList<>();
        while (System.nanoTime() < end) {
            if (there.size() >= count) {
                RtmpLoadConnection leaves = there.remove(random.nextInt(there.size()));
                on(() -> publishers.removeIf(publishing -> publishing.connection() == leaves));
                leaves.close();
            }
            String name = "churn" + random.nextInt(2 * count);
            there.add(publish(name, false));
            published++;
            TimeUnit.MILLISECONDS.sleep(20);
            for (int i = 0; i < 2; i++) {
                arguments.put("kind", random.nextBoolean() ? "rtmp" : "flv");
                viewers.add(watch(name, Probe.NONE, true));
                watched++;
            }
            while (viewers.size() > 2 * count) {
                viewers.removeFirst().close();
            }
            TimeUnit.MILLISECONDS.sleep(number("every", 130));
            if (System.nanoTime() > nextSample) {
                nextSample += TimeUnit.SECONDS.toNanos(number("sample", 60));
                samples.append(' ').append(memory());
            }
        }
        pace.cancel(false);
        for (RtmpLoadConnection connection : there) {
            connection.close();
        }
        viewers.forEach(Viewing::close);
        TimeUnit.SECONDS.sleep(number("after", 150));
        return String.format(
                Locale.ROOT,
                "published=%d watched=%d%s; all gone: %s",
                published,
                watched,
                samples,
                memory());
    }

    /// What the server holds, after a full collection.
    private String memory() throws Exception {
        long heap = server.heapBytes();
        return String.format(
                Locale.ROOT,
                "[heap=%dMB direct=%.1fMB rss=%dMB files=%d threads=%d]",
                heap >> 20,
                ServerProcess.directBytes(text("ops")) / 1048576.0,
                server.residentBytes() >> 20,
                server.openFiles(),
                server.threads());
    }

    // --- connections --------------------------------------------------------------------------

    private Viewing watch(String name, Probe probe, boolean reads) throws Exception {
        if (text("kind").equals("rtmp")) {
            var viewer = new RtmpLoadConnection(APP, "play", name, probe, reads);
            connect("rtmp", viewer, reads);
            return viewer;
        }
        var viewer = new FlvLoadConnection("/live/" + name + ".flv", probe, reads);
        connect("http", viewer, reads);
        return viewer;
    }

    void connect(String where, ChannelHandler handler, boolean reads) throws Exception {
        String address = text(where);
        int colon = address.lastIndexOf(':');
        var bootstrap =
                new Bootstrap()
                        .group(group)
                        .channel(EpollSocketChannel.class)
                        .option(ChannelOption.TCP_NODELAY, true)
                        .option(
                                ChannelOption.RECVBUF_ALLOCATOR,
                                new FixedRecvByteBufAllocator(64 << 10))
                        .handler(
                                new ChannelInitializer<Channel>() {
                                    @Override
                                    protected void initChannel(Channel channel) {
                                        channel.pipeline().addLast(handler);
                                    }
                                });
        if (!reads) {
            bootstrap.option(ChannelOption.SO_RCVBUF, 64 << 10); // else the kernel reads for it
        }
        bootstrap
                .connect(
                        new InetSocketAddress(
                                address.substring(0, colon),
                                Integer.parseInt(address.substring(colon + 1))))
                .sync();
    }

    /// What is asked on the event loop.
    <T> T on(Callable<T> question) throws Exception {
        return group.next().submit(question).get();
    }
}
