package io.millrace.liveingest.rtmp.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.delivery.http.EventLoops;
import io.millrace.liveingest.auth.PublishDecision.Allowed;
import io.millrace.liveingest.gate.PlayGate;
import io.millrace.liveingest.play.FanOut;
import io.millrace.liveingest.play.PlayAccess;
import io.millrace.liveingest.play.PlayOptions;
import io.millrace.liveingest.rtmp.amf.AmfValue;
import io.millrace.liveingest.rtmp.amf.AmfValue.AmfObject;
import io.millrace.liveingest.rtmp.chunk.ChunkWriter;
import io.millrace.liveingest.rtmp.message.RtmpMessage.Command;
import io.millrace.liveingest.rtmp.message.RtmpMessageWriter;
import io.millrace.liveingest.stream.LiveEvents;
import io.millrace.liveingest.stream.LiveMetrics;
import io.millrace.liveingest.stream.LiveStreamOptions;
import io.millrace.liveingest.stream.LiveStreams;
import io.millrace.liveingest.stream.PublishConflictPolicy;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/// Floods of connections, over real sockets.
class RtmpServerTest {
    private static final int UNUSED = 4;
    private static final String FLOOD = "127.0.0.2";
    private static final String OTHER = "127.0.0.1";
    private static final String BALANCER = "127.0.0.9";

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final EventLoops loops = EventLoops.start(1);
    private final List<Socket> sockets = new ArrayList<>();
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private RtmpServer server;

    @BeforeEach
    void start() throws IOException {
        var metrics = new LiveMetrics(meters);
        var streams =
                new LiveStreams(
                        new LiveStreamOptions(
                                PublishConflictPolicy.TAKE_OVER,
                                Duration.ofSeconds(60),
                                Duration.ZERO),
                        LiveEvents.NONE,
                        metrics,
                        (_, _) -> {});
        var options =
                new RtmpServerOptions(
                        OTHER,
                        0,
                        Duration.ofMinutes(5),
                        Duration.ofMinutes(5),
                        Duration.ofSeconds(60),
                        2 * UNUSED,
                        UNUSED,
                        Set.of(InetAddress.ofLiteral(BALANCER)));
        server =
                new RtmpServer(
                                options.withBindAddress("0.0.0.0"),
                                loops,
                                request -> {
                                    asked.add(request.remoteAddress());
                                    return CompletableFuture.completedFuture(
                                            new Allowed(request.entryId(), false));
                                },
                                streams,
                                metrics,
                                new FanOut(streams, PlayOptions.DEFAULT, meters, null),
                                new PlayAccess(null, true, Clock.systemUTC(), PlayGate.OPEN),
                                null)
                        .start();
    }

    @AfterEach
    void close() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
        server.close();
        loops.close();
    }

    private Socket open(String from) throws IOException {
        var socket = new Socket();
        sockets.add(socket);
        socket.bind(new InetSocketAddress(from, 0));
        socket.setSoTimeout(60_000);
        socket.connect(new InetSocketAddress(OTHER, server.localPort()));
        return socket;
    }

    /// Whether the server talks to it at all.
    private static boolean isAccepted(Socket socket) {
        try {
            socket.getOutputStream().write(handshake());
            return socket.getInputStream().readNBytes(3073).length == 3073;
        } catch (IOException _) {
            return false; // closed while we spoke
        }
    }

    private static byte[] handshake() {
        byte[] bytes = new byte[1 + 2 * 1536];
        bytes[0] = 3;
        return bytes;
    }

    private double refused() {
        return meters.get("millrace.live.rtmp.refused").tag("reason", "limit").counter().count();
    }

    private static void publish(Socket socket, String name) throws IOException {
        ByteBuf out = Unpooled.buffer();
        var chunks = new ChunkWriter();
        var app = new AmfObject(Map.of("app", AmfValue.of("live")));
        for (Command command :
                List.of(
                        new Command(0, "connect", 1, List.of(app)),
                        new Command(
                                1,
                                "publish",
                                2,
                                List.of(
                                        AmfValue.Nothing.NULL,
                                        AmfValue.of(name),
                                        AmfValue.of("live"))))) {
            RtmpMessageWriter.write(chunks, command, out, ByteBufAllocator.DEFAULT);
        }
        socket.getOutputStream().write(ByteBufUtil.getBytes(out));
        out.release();
        await(socket.getInputStream(), "NetStream.Publish.Start");
    }

    private static void await(InputStream in, String text) throws IOException {
        var heard = new StringBuilder();
        byte[] buffer = new byte[1024];
        while (heard.indexOf(text) < 0) {
            int count = in.read(buffer);
            assertThat(count).as("%s", heard).isPositive();
            heard.append(new String(buffer, 0, count, StandardCharsets.ISO_8859_1));
        }
    }

    @Test
    void oneAddressThatFloodsLeavesPlacesToOthers() throws IOException {
        List<Socket> flood = new ArrayList<>();
        for (int i = 0; i < UNUSED; i++) {
            Socket socket = open(FLOOD);
            assertThat(isAccepted(socket)).isTrue();
            flood.add(socket);
        }
        for (int i = 0; i < 20; i++) {
            assertThat(isAccepted(open(FLOOD))).isFalse();
        }
        assertThat(refused()).isEqualTo(20);
        Socket other = open(OTHER);
        assertThat(isAccepted(other)).isTrue();
        publish(other, "hall");

        // Who publishes does not count, who leaves neither.
        publish(flood.getFirst(), "cam");
        assertThat(isAccepted(open(FLOOD))).isTrue();
        assertThat(isAccepted(open(FLOOD))).isFalse();
    }

    private Socket proxied(String client) throws IOException {
        Socket socket = open(BALANCER);
        socket.getOutputStream()
                .write(
                        ("PROXY TCP4 " + client + " 192.0.2.1 40000 1935\r\n")
                                .getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    @Test
    void behindALoadBalancerTheClientsAddressCounts() throws IOException {
        Socket publisher = proxied("198.51.100.7");
        assertThat(isAccepted(publisher)).isTrue();
        publish(publisher, "hall");
        assertThat(asked).containsExactly("198.51.100.7");
        for (int i = 0; i < UNUSED; i++) {
            assertThat(isAccepted(proxied("198.51.100.8"))).isTrue();
        }
        assertThat(isAccepted(proxied("198.51.100.8"))).isFalse();
        assertThat(isAccepted(proxied("198.51.100.9"))).isTrue();
    }

    @Test
    void aLoadBalancerMustSayWhoItIsFor() throws IOException {
        assertThat(isAccepted(open(BALANCER))).isFalse();
        assertThat(isAccepted(proxied("nobody"))).isFalse();
        // Asking for itself, whether we are there.
        Socket check = open(BALANCER);
        check.getOutputStream().write("PROXY UNKNOWN\r\n".getBytes(StandardCharsets.US_ASCII));
        assertThat(isAccepted(check)).isTrue();
        // Nobody else may: it is no handshake of RTMP.
        Socket liar = open(OTHER);
        liar.getOutputStream()
                .write(
                        "PROXY TCP4 198.51.100.7 192.0.2.1 40000 1935\r\n"
                                .getBytes(StandardCharsets.US_ASCII));
        assertThat(isAccepted(liar)).isFalse();
    }

    @Test
    void noMoreThanItsPlacesAreTaken() throws IOException {
        for (String from : List.of(FLOOD, OTHER)) {
            for (int i = 0; i < UNUSED; i++) {
                assertThat(isAccepted(open(from))).isTrue();
            }
        }
        assertThat(isAccepted(open("127.0.0.3"))).isFalse();
    }
}
