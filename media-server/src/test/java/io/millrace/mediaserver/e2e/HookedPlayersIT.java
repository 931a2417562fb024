package io.millrace.mediaserver.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.sun.net.httpserver.HttpServer;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/// The players of the web on a node that asks the operator's program about them, behind a stream's
/// node that asks, too.
class HookedPlayersIT {
    private static final String SECRET = "cluster.secret=0123456789abcdef0123456789abcdef";

    @TempDir Path folder;

    private final List<JsonNode> heard = new CopyOnWriteArrayList<>();
    private HttpServer program;

    @BeforeEach
    void listen() throws Exception {
        program = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
        program.createContext(
                "/hook",
                exchange -> {
                    JsonNode question =
                            JsonMapper.shared().readTree(exchange.getRequestBody().readAllBytes());
                    heard.add(question);
                    boolean good =
                            question.path("parameters").path("ticket").asString("").equals("good");
                    byte[] text = "Buy a ticket.".getBytes(StandardCharsets.UTF_8);
                    exchange.sendResponseHeaders(good ? 200 : 403, text.length);
                    exchange.getResponseBody().write(text);
                    exchange.close();
                });
        program.start();
    }

    @AfterEach
    void stop() {
        program.stop(0);
    }

    private MillraceProcess server(String name, String... more) throws Exception {
        String hook = "live.hooks.url=http://127.0.0.1:" + program.getAddress().getPort() + "/hook";
        String[] settings = new String[more.length + 4];
        settings[0] = hook;
        settings[1] = "live.hooks.events=play";
        settings[2] = SECRET;
        settings[3] = "node.name=" + name;
        System.arraycopy(more, 0, settings, 4, more.length);
        return MillraceProcess.liveAlone(folder.resolve(name), settings);
    }

    @Test
    void aPlayerWithATicketPlaysAndOneWithoutDoesNot() throws Exception {
        Assumptions.assumeTrue(
                Files.isExecutable(BrowserIT.CHROMIUM),
                "skipped: no Chromium (Debian package chromium)");
        try (var origin = server("origin", "live.publish.open=true");
                var edge = server("edge", "live.origins=" + origin.base())) {
            Path clip = Ffmpeg.clip(folder.resolve("clip.mp4"), 20, 320, 180);
            Process publisher =
                    Ffmpeg.publish(clip, origin.rtmp("cam"), folder.resolve("publish.log"));
            String master = edge.base() + "/live/cam/master.m3u8";
            try (var playwright =
                            Playwright.create(
                                    new Playwright.CreateOptions()
                                            .setEnv(
                                                    Map.of(
                                                            "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD",
                                                            "1")));
                    Browser browser = playwright.chromium().launch(BrowserIT.options())) {
                await().atMost(Duration.ofSeconds(60))
                        .until(() -> MillraceProcess.status(master + "?ticket=good") == 200);
                int before = heard.size();
                try (Page page = LivePlayersIT.open(browser, "Hls", master + "?ticket=good")) {
                    plays(page);
                }
                assertThat(heard).as("one viewer, one question").hasSize(before + 1);
                JsonNode question = heard.getLast();
                assertThat(question.path("node").asString()).isEqualTo("edge");
                assertThat(question.path("userAgent").asString()).contains("Chrome");
                try (Page page =
                        LivePlayersIT.open(
                                browser,
                                "Dash",
                                edge.base() + "/live/cam/manifest.mpd?ticket=good")) {
                    plays(page);
                }
                for (String player : List.of("Hls master.m3u8", "Dash manifest.mpd")) {
                    String[] what = player.split(" ");
                    String url = edge.base() + "/live/cam/" + what[1] + "?ticket=bad";
                    try (Page page = LivePlayersIT.open(browser, what[0], url)) {
                        LivePlayersIT.await(
                                page,
                                look ->
                                        assertThat(LivePlayersIT.errors(page))
                                                .as(player)
                                                .isNotEmpty());
                        assertThat(LivePlayersIT.number(LivePlayersIT.look(page), "frames"))
                                .isZero();
                    }
                }
            } finally {
                publisher.destroyForcibly();
                publisher.waitFor();
            }
            assertThat(heard).allMatch(question -> question.path("node").asString().equals("edge"));
            assertThat(edge.output()).contains("may not be played by 127.0.0.1: Buy a ticket.");
            edge.stop();
            origin.stop();
        }
    }

    private static void plays(Page page) {
        LivePlayersIT.await(
                page, look -> assertThat(LivePlayersIT.number(look, "frames")).isGreaterThan(50));
        assertThat(LivePlayersIT.errors(page)).isEmpty();
    }
}
