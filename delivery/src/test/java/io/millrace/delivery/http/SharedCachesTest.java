package io.millrace.delivery.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/// Replies for one client alone, over both versions: the parameter `private` asks for them.
class SharedCachesTest {
    private final EventLoops loops = EventLoops.start(1);
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        Map<String, PreparedReply> prepared = new HashMap<>();
        var router =
                new HttpRouter()
                        .add(
                                "/made",
                                "made",
                                exchange -> {
                                    keep(exchange);
                                    HttpReply reply = HttpReply.text(200, "x");
                                    String kept = exchange.query().get("kept");
                                    exchange.reply(kept == null ? reply : reply.cacheControl(kept));
                                })
                        .add(
                                "/prepared",
                                "prepared",
                                exchange -> {
                                    keep(exchange);
                                    String kept = exchange.query().get("kept");
                                    exchange.reply(
                                            prepared.computeIfAbsent(
                                                    kept == null ? "" : kept,
                                                    SharedCachesTest::prepared));
                                });
        server =
                new HttpServer(
                                HttpServerOptions.of("test", "127.0.0.1", 0)
                                        .withMeters(new SimpleMeterRegistry()),
                                router,
                                loops)
                        .start();
    }

    private static void keep(HttpExchange exchange) throws HttpProblem {
        if (exchange.query().get("private") != null) {
            exchange.keepFromSharedCaches();
        }
    }

    private static PreparedReply prepared(String kept) {
        HttpReply reply = HttpReply.bytes(200, "text/plain", new byte[3000]).etag("v1");
        return PreparedReply.of(kept.isEmpty() ? reply : reply.cacheControl(kept));
    }

    @AfterEach
    void stop() {
        server.close();
        loops.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "max-age=2                          | private, max-age=2",
                "public, max-age=60, immutable      | private, max-age=60, immutable",
                "Public,S-MaxAge=9,max-age=1        | private, max-age=1",
                "no-store                           | no-store",
                "private, max-age=5                 | private, max-age=5",
                "                                   | ",
            })
    void areKeptByTheirClientAtMost(String kept, String told) throws Exception {
        String query = kept == null ? "?" : "?kept=" + kept.replace(" ", "%20");
        String toAll = kept == null ? "" : kept;
        String toOne = told == null ? "" : told;
        try (var http2 = new RawHttp2Client(server.localPort());
                var http1 = new RawClient(server.localPort())) {
            int stream = 1;
            for (String path : new String[] {"/made", "/prepared"}) {
                for (String coding : new String[] {"identity", "gzip"}) {
                    for (String condition : new String[] {"", "\"v1\""}) {
                        for (boolean one : new boolean[] {true, false, true}) {
                            String target = path + query + (one ? "&private=1" : "");
                            http2.get(
                                    stream,
                                    target,
                                    "accept-encoding",
                                    coding,
                                    "if-none-match",
                                    condition);
                            assertThat(http2.reply(stream).header("cache-control"))
                                    .as(target)
                                    .isEqualTo(one ? toOne : toAll);
                            stream += 2;
                            http1.send(
                                    "GET "
                                            + target
                                            + " HTTP/1.1\r\nHost: test\r\nAccept-Encoding: "
                                            + coding
                                            + "\r\nIf-None-Match: "
                                            + condition
                                            + "\r\n\r\n");
                            assertThat(http1.read().header("cache-control"))
                                    .as(target)
                                    .isEqualTo(one ? toOne : toAll);
                        }
                    }
                }
            }
        }
    }
}
