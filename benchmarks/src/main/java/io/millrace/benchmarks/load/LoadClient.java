package io.millrace.benchmarks.load;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketChannel;

import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// `idle`, `crowd` and `paced` of `benchmarks/load/run`; prints one line, the figures.
///
/// ```
/// idle  host:port path connections server-pid
/// crowd host:port path requests server-pid metrics-url
/// paced host:port file-of-paths clients server-pid seconds
/// ```
public final class LoadClient {
    private static final long TWO_MEGABITS_BYTES = 250_000;
    private static final int CONNECTED_AT_ONCE = 250;
    private static final int BEGIN_SECONDS = 30;

    /// Players are machines of their own: what the kernel there holds for them is not taken from
    /// the server's memory for TCP, as on one machine.
    private static final int PLAYER_RECEIVE_BYTES = 128 << 10;

    private static final int TICK_MS = 20;

    /// Paced clients come one after the other, as people do; all at once is `crowd`.
    private static final int BETWEEN_BEGINNINGS_MS = 2;

    private final InetSocketAddress server;
    private final MultiThreadIoEventLoopGroup group =
            new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final String pid;

    private LoadClient(String address, String pid) {
        int colon = address.lastIndexOf(':');
        server =
                new InetSocketAddress(
                        address.substring(0, colon),
                        Integer.parseInt(address.substring(colon + 1)));
        this.pid = pid;
    }

    public static void main(String[] args) throws Exception {
        var client = new LoadClient(args[1], args[4]);
        String line =
                switch (args[0]) {
                    case "idle" -> client.idle(args[2], Integer.parseInt(args[3]));
                    case "crowd" -> client.crowd(args[2], Integer.parseInt(args[3]), args[5]);
                    case "paced" ->
                            client.paced(
                                    Path.of(args[2]),
                                    Integer.parseInt(args[3]),
                                    Integer.parseInt(args[5]));
                    default -> throw new IllegalArgumentException(args[0]);
                };
        var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        out.println(line);
        client.group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    // --- idle ---------------------------------------------------------------------------------

    private String idle(String path, int count) throws Exception {
        ask(connect(200), path);
        long heapBefore = heapAfterCollection();
        long directBefore = directBytes();
        List<LoadConnection> connections = connect(count);
        ask(connections, path);
        long heap = heapAfterCollection() - heapBefore;
        long direct = directBytes() - directBefore;
        int alive = 0;
        for (LoadConnection connection : connections) {
            alive += connection.isOpen() ? 1 : 0;
        }
        return String.format(
                Locale.ROOT,
                "%d idle keep-alive connections after one reply each: %d bytes of heap and %d bytes"
                        + " of direct memory per connection",
                alive,
                heap / count,
                direct / count);
    }

    private void ask(List<LoadConnection> connections, String path) throws Exception {
        for (LoadConnection connection : connections) {
            connection.get(path);
        }
        for (LoadConnection connection : connections) {
            connection.awaitReply(60);
        }
    }

    /// Live objects: what is left after a full collection.
    private long heapAfterCollection() throws Exception {
        jcmd("GC.run");
        jcmd("GC.run");
        Matcher used = Pattern.compile("used (\\d+)K").matcher(jcmd("GC.heap_info"));
        if (!used.find()) {
            throw new IOException("no heap size in GC.heap_info");
        }
        return Long.parseLong(used.group(1)) << 10;
    }

    /// What Java and native code took outside the heap: anonymous memory less the heap's.
    private long directBytes() throws Exception {
        Matcher other =
                Pattern.compile("Other \\(reserved=\\d+KB, committed=(\\d+)KB")
                        .matcher(jcmd("VM.native_memory"));
        return other.find() ? Long.parseLong(other.group(1)) << 10 : 0;
    }

    private String jcmd(String command) throws Exception {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                                pid,
                                command)
                        .redirectErrorStream(true)
                        .start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return text;
    }

    // --- crowd --------------------------------------------------------------------------------

    private String crowd(String path, int count, String metrics) throws Exception {
        List<LoadConnection> connections = connect(count);
        double builtBefore = metric(metrics, "millrace_delivery_segment_build_seconds_count");
        long started = System.nanoTime();
        for (LoadConnection connection : connections) {
            connection.get(path);
        }
        long askedNs = System.nanoTime() - started;
        int ok = 0;
        long[] took = new long[count];
        for (LoadConnection connection : connections) {
            if (connection.awaitReply(120) == 200) {
                took[ok++] = connection.lastReplyNs() - started;
            }
        }
        Arrays.sort(took, 0, ok);
        double built = metric(metrics, "millrace_delivery_segment_build_seconds_count");
        return String.format(
                Locale.ROOT,
                "%d requests for one new segment, all sent within %d ms: %d answered 200, built"
                        + " %.0f time(s); whole replies after %d ms (first), %d ms (median), %d ms"
                        + " (last)",
                count,
                askedNs / 1_000_000,
                ok,
                built - builtBefore,
                took[0] / 1_000_000,
                took[ok / 2] / 1_000_000,
                took[Math.max(0, ok - 1)] / 1_000_000);
    }

    private static double metric(String url, String name) throws Exception {
        try (HttpClient http = HttpClient.newHttpClient()) {
            String text =
                    http.send(
                                    HttpRequest.newBuilder(URI.create(url)).build(),
                                    HttpResponse.BodyHandlers.ofString())
                            .body();
            double sum = 0;
            for (String line : text.split("\n", -1)) {
                if (line.startsWith(name)) {
                    sum += Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
                }
            }
            return sum;
        }
    }

    // --- paced --------------------------------------------------------------------------------

    private String paced(Path paths, int count, int seconds) throws Exception {
        List<LoadConnection> connections = connect(count, PLAYER_RECEIVE_BYTES);
        TcpCounters tcpBefore = TcpCounters.now();
        List<Playback> plays = play(connections, Files.readAllLines(paths));
        long giveUp = System.nanoTime() + TimeUnit.SECONDS.toNanos(BEGIN_SECONDS);
        while (!onLoop(() -> plays.stream().allMatch(Playback::began))
                && System.nanoTime() < giveUp) {
            TimeUnit.MILLISECONDS.sleep(100);
        }
        var process = new ServerProcess(Long.parseLong(pid));
        // A collection that is asked for stops the server: before and after what counts.
        long heapBefore = heapAfterCollection() >> 20;
        onLoop(
                () -> {
                    plays.forEach(Playback::forget);
                    return plays;
                });
        long began = System.nanoTime();
        long bytesBefore = onLoop(() -> plays.stream().mapToLong(Playback::bytes).sum());
        long serverBefore = process.cpuNanos();
        long clientBefore = ownCpuNanos();
        long sockets = 0;
        long end = began + TimeUnit.SECONDS.toNanos(seconds);
        while (System.nanoTime() < end) {
            TimeUnit.SECONDS.sleep(Math.max(1, seconds / 6));
            sockets = Math.max(sockets, TcpCounters.socketBytes());
        }
        double took = (System.nanoTime() - began) / 1e9;
        double server = (process.cpuNanos() - serverBefore) / 1e9 / took;
        double client = (ownCpuNanos() - clientBefore) / 1e9 / took;
        long bytes = onLoop(() -> plays.stream().mapToLong(Playback::bytes).sum()) - bytesBefore;
        long alive = connections.stream().filter(LoadConnection::isOpen).count();
        return String.format(
                Locale.ROOT,
                "%d clients reading 2 Mbit/s each for %.0f s: %d still connected, %.1f MB/s in all"
                        + " (wanted %.1f), %s; server %.2f and clients %.2f of a core; sockets held"
                        + " up to %d MB, %s; heap after collection %d MB before and %d MB after",
                count,
                took,
                alive,
                bytes / 1e6 / took,
                count * TWO_MEGABITS_BYTES / 1e6,
                onLoop(() -> waits(plays)),
                server,
                client,
                sockets / 1_000_000,
                TcpCounters.now().since(tcpBefore),
                heapBefore,
                heapAfterCollection() >> 20);
    }

    private List<Playback> play(List<LoadConnection> connections, List<String> paths)
            throws Exception {
        group.next()
                .scheduleAtFixedRate(
                        () -> connections.forEach(LoadConnection::tick),
                        TICK_MS,
                        TICK_MS,
                        TimeUnit.MILLISECONDS);
        List<Playback> plays = new ArrayList<>();
        for (LoadConnection connection : connections) {
            plays.add(onLoop(() -> connection.play(paths, plays.size(), TWO_MEGABITS_BYTES)));
            TimeUnit.MILLISECONDS.sleep(BETWEEN_BEGINNINGS_MS);
        }
        return plays;
    }

    private static String waits(List<Playback> plays) {
        var delays = new Samples();
        plays.forEach(play -> delays.add(play.delayNs()));
        Playback worst = Collections.max(plays, Comparator.comparingLong(Playback::worstNs));
        return String.format(
                Locale.ROOT,
                "first second here after %s; of %d clients the buffer ran empty, of %d by more than"
                        + " 100 ms, longest wait %d ms, %.1f s after that client began",
                delays,
                plays.stream().filter(play -> play.worstNs() > 0).count(),
                plays.stream().filter(play -> play.worstNs() > 100_000_000).count(),
                worst.worstNs() / 1_000_000,
                worst.worstAfterNs() / 1e9);
    }

    private <T> T onLoop(Callable<T> task) throws Exception {
        return group.next().submit(task).get(60, TimeUnit.SECONDS);
    }

    private static long ownCpuNanos() {
        return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos();
    }

    private List<LoadConnection> connect(int count) throws Exception {
        return connect(count, 0);
    }

    /// @param receiveBytes what the kernel may hold for a connection, 0 for what it likes
    private List<LoadConnection> connect(int count, int receiveBytes) throws Exception {
        var connections = new ArrayList<LoadConnection>(count);
        for (int i = 0; i < count; i++) {
            connections.add(new LoadConnection());
        }
        for (int from = 0; from < count; from += CONNECTED_AT_ONCE) {
            int to = Math.min(count, from + CONNECTED_AT_ONCE);
            for (LoadConnection connection : connections.subList(from, to)) {
                var bootstrap = new Bootstrap();
                if (receiveBytes > 0) {
                    bootstrap.option(ChannelOption.SO_RCVBUF, receiveBytes);
                }
                bootstrap
                        .group(group)
                        .channel(EpollSocketChannel.class)
                        .option(ChannelOption.TCP_NODELAY, true)
                        .option(
                                ChannelOption.RECVBUF_ALLOCATOR,
                                new FixedRecvByteBufAllocator(64 << 10))
                        .handler(
                                new ChannelInitializer<SocketChannel>() {
                                    @Override
                                    protected void initChannel(SocketChannel channel) {
                                        channel.pipeline().addLast(connection);
                                    }
                                })
                        .connect(server);
            }
            for (LoadConnection connection : connections.subList(from, to)) {
                connection.awaitConnected(30);
            }
        }
        return connections;
    }
}
