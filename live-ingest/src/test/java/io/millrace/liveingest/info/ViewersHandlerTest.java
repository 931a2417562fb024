package io.millrace.liveingest.info;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.benmanes.caffeine.cache.Ticker;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.delivery.http.EventLoops;
import io.millrace.delivery.http.HttpRouter;
import io.millrace.delivery.http.HttpServer;
import io.millrace.delivery.http.HttpServerOptions;
import io.millrace.storage.sign.PathSigner;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

class ViewersHandlerTest {
    private static final String GOOD = "{\"node\":\"edge-1\",\"streams\":{\"cam\":{\"hls\":5}}}";

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final PathSigner signer = signer((byte) 1);
    private final ViewersElsewhere viewers =
            new ViewersElsewhere("cam"::equals, Ticker.systemTicker());
    private final EventLoops loops = EventLoops.start(1);
    private final HttpClient client = HttpClient.newHttpClient();
    private final HttpServer server =
            new HttpServer(
                    HttpServerOptions.of("http", "127.0.0.1", 0),
                    new HttpRouter()
                            .add(
                                    "/live/",
                                    "live",
                                    new ViewersHandler(
                                            viewers, "live-1", signer, Clock.systemUTC(), meters)),
                    loops);

    private static PathSigner signer(byte secret) {
        byte[] key = new byte[32];
        key[0] = secret;
        return new PathSigner(new LinkedHashMap<>(Map.of("k", key)));
    }

    @BeforeEach
    void start() throws Exception {
        server.start();
    }

    @AfterEach
    void close() {
        client.close();
        server.close();
        loops.close();
    }

    private HttpResponse<String> tell(@Nullable String authorization, byte[] body)
            throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(
                                URI.create(
                                        "http://127.0.0.1:"
                                                + server.localPort()
                                                + "/live/"
                                                + NodeViewers.PATH))
                        .POST(HttpRequest.BodyPublishers.ofByteArray(body));
        if (authorization != null) {
            request.header("Authorization", authorization);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> tell(@Nullable String authorization, String body)
            throws Exception {
        return tell(authorization, body.getBytes(StandardCharsets.UTF_8));
    }

    private static String bearer(PathSigner signer, String prefix, long seconds) {
        return "Bearer " + signer.sign(prefix, Instant.now().plusSeconds(seconds));
    }

    private String good() {
        return bearer(signer, NodeViewers.SIGNED, 60);
    }

    private double count(String outcome) {
        return meters.counter("millrace.live.viewers.reports", "outcome", outcome).count();
    }

    @Test
    void whatANodeTellsIsKeptAndWhatIsNotHereNamed() throws Exception {
        HttpResponse<String> answer =
                tell(
                        good(),
                        "{\"node\":\"edge-1\",\"later\":1,\"streams\":{\"cam\":{\"hls\":5,\"rtmp\":1},"
                                + "\"hall\":{\"dash\":3}}}");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(NodeViewers.readAnswer(answer.body().getBytes(StandardCharsets.UTF_8)))
                .containsExactly("hall");
        assertThat(viewers.byNode("cam")).isEqualTo(Map.of("edge-1", Map.of("hls", 5, "rtmp", 1)));
        assertThat(meters.get("millrace.live.viewers.elsewhere").gauge().value()).isEqualTo(6);
        assertThat(count("kept")).isEqualTo(1);
    }

    @Test
    void whoIsNoNodeIsRefused() throws Exception {
        HttpResponse<String> nobody = tell(null, GOOD);
        assertThat(nobody.statusCode()).isEqualTo(401);
        assertThat(nobody.headers().firstValue("WWW-Authenticate")).contains("Bearer");
        HttpResponse<String> stranger =
                tell(bearer(signer((byte) 2), NodeViewers.SIGNED, 60), GOOD);
        assertThat(stranger.statusCode()).isEqualTo(403);
        assertThat(stranger.body()).contains("delivery.signing-keys", "cluster.secret");
        // What a viewer of the stream was given.
        assertThat(tell(bearer(signer, "cam/", 60), GOOD).statusCode()).isEqualTo(403);
        HttpResponse<String> late = tell(bearer(signer, NodeViewers.SIGNED, -60), GOOD);
        assertThat(late.statusCode()).isEqualTo(403);
        assertThat(late.body()).contains("expired");
        assertThat(tell("Bearer x", GOOD).statusCode()).isEqualTo(403);
        HttpResponse<String> namesake = tell(good(), GOOD.replace("edge-1", "live-1"));
        assertThat(namesake.statusCode()).isEqualTo(409);
        assertThat(namesake.body()).contains("node.name");
        assertThat(count("refused")).isEqualTo(6);
        assertThat(viewers.total()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{}",
                "{\"node\":\"edge-1\"}",
                "{\"node\":null,\"streams\":{}}",
                "{\"node\":\" \",\"streams\":{}}",
                "{\"node\":\"a\\nb\",\"streams\":{}}",
                "{\"node\":\"edge-1\",\"streams\":[]}",
                "{\"node\":\"edge-1\",\"streams\":{\"cam\":null}}",
                "{\"node\":\"edge-1\",\"streams\":{\"cam\":5}}",
                "{\"node\":\"edge-1\",\"streams\":{\"cam\":{\"hls\":null}}}",
                "{\"node\":\"edge-1\",\"streams\":{\"cam\":{\"hls\":-1}}}",
                "{\"node\":\"edge-1\",\"streams\":{\"cam\":{\"hls\":10000001}}}",
                "{\"node\":\"edge-1\",\"streams\":{\"cam\":{\"hls\":99999999999}}}",
                "{\"node\":\"edge-1\",\"streams\":{\"cam\":{\"<b>\":1}}}",
                "{\"node\":\"edge-1\",\"streams\":{\"cam\":{\"hls\":\"many\"}}}",
                "{\"node\":\"edge-1\",\"streams\":{\"cam\":{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,"
                        + "\"f\":1,\"g\":1,\"h\":1,\"i\":1}}}",
                "{\"node\":\"edge-1\",\"streams\":{\"cam\":{\"hls\":5}",
            })
    void whatMakesNoSenseIsRefused(String body) throws Exception {
        HttpResponse<String> answer = tell(good(), body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(answer.body()).isNotBlank();
        assertThat(count("malformed")).isEqualTo(1);
        assertThat(viewers.total()).isZero();
    }

    @Test
    void whatIsTooMuchIsRefused() throws Exception {
        var streams = new StringBuilder("{\"node\":\"edge-1\",\"streams\":{\"cam\":{\"hls\":5}");
        for (int i = 0; i < NodeViewers.MAX_STREAMS; i++) {
            streams.append(",\"s").append(i).append("\":{}");
        }
        assertThat(tell(good(), streams.append("}}").toString()).statusCode()).isEqualTo(400);
        assertThat(tell(good(), new byte[NodeViewers.MAX_BYTES + 1]).statusCode()).isEqualTo(413);
        assertThat(tell(good(), "[".repeat(100_000)).statusCode()).isEqualTo(400);
        String name = "n".repeat(300);
        assertThat(tell(good(), GOOD.replace("edge-1", name)).statusCode()).isEqualTo(400);
        assertThat(tell(good(), GOOD.replace("cam", name)).statusCode()).isEqualTo(400);
        assertThat(viewers.total()).isZero();
    }
}
