package io.millrace.mediaserver.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/// The players of the web on a live stream, near its edge: how far behind they are, and that they
/// go on when another publisher takes over with pictures of another size.
class LivePlayersIT {
    /// What is asked of hls.js is 3 s; the machine of a test may have other things to do.
    private static final double MAX_BEHIND = 6;

    @TempDir static Path folder;
    private static MillraceProcess millrace;
    private static Playwright playwright;
    private static Browser browser;
    private static String rtmp;

    @BeforeAll
    static void serve() throws Exception {
        Assumptions.assumeTrue(
                Files.isExecutable(BrowserIT.CHROMIUM),
                "skipped: no Chromium (Debian package chromium)");
        millrace = MillraceProcess.liveAlone(folder, "live.publish.open=true");
        rtmp = millrace.rtmp("cam");
        playwright =
                Playwright.create(
                        new Playwright.CreateOptions()
                                .setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        browser = playwright.chromium().launch(BrowserIT.options());
    }

    @AfterAll
    static void stop() throws Exception {
        if (browser != null) {
            browser.close();
            playwright.close();
        }
        if (millrace != null) {
            millrace.close();
        }
    }

    /// One after the other: all at once are more than a small machine can decode.
    @Test
    void playersStayNearTheEdgeAndSurviveATakeOver() throws Exception {
        Path small = Ffmpeg.clip(folder.resolve("small.mp4"), 20, 320, 180);
        Path large = Ffmpeg.clip(folder.resolve("large.mp4"), 20, 640, 360);
        var publishers = new ArrayList<Process>();
        try {
            boolean isSmall = true;
            publishers.add(Ffmpeg.publish(small, rtmp, folder.resolve("publisher0.log")));
            String base = millrace.base() + "/live/cam/";
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> MillraceProcess.status(base + "master.m3u8") == 200);
            for (String player :
                    List.of(
                            "Hls master.m3u8",
                            "Shaka master.m3u8",
                            "Shaka manifest.mpd",
                            "Dash manifest.mpd")) {
                String[] program = player.split(" ");
                try (Page page = open(browser, program[0], base + program[1])) {
                    await(
                            page,
                            look -> {
                                assertThat(number(look, "frames")).isGreaterThan(50);
                                if (!program[0].equals("Shaka")) { // which never hurries
                                    assertThat(number(look, "behind")).isBetween(0.0, MAX_BEHIND);
                                }
                            });
                    LoggerFactory.getLogger(LivePlayersIT.class)
                            .warn("{} is {} s behind", player, number(look(page), "behind"));
                    assertThat(errors(page)).as(player).isEmpty();
                    isSmall = !isSmall;
                    int width = isSmall ? 320 : 640;
                    publishers.add(
                            Ffmpeg.publish(
                                    isSmall ? small : large,
                                    rtmp,
                                    folder.resolve("publisher" + publishers.size() + ".log")));
                    await(
                            page,
                            look -> assertThat(number(look, "width")).as(player).isEqualTo(width));
                    double frames = number(look(page), "frames");
                    await(
                            page,
                            look -> assertThat(number(look, "frames")).isGreaterThan(frames + 25));
                }
            }
        } finally {
            publishers.forEach(Process::destroyForcibly);
            publishers.getLast().waitFor(60, TimeUnit.SECONDS);
        }
    }

    /// A publisher that comes back the same begins a period that is connected to the one before.
    @Test
    void dashJsKeepsItsBuffersWhenThePublisherComesBack() throws Exception {
        Path clip = Ffmpeg.clip(folder.resolve("back.mp4"), 10, 320, 180);
        String back = millrace.rtmp("back");
        Process publisher = Ffmpeg.publish(clip, back, folder.resolve("back0.log"));
        try {
            String url = millrace.base() + "/live/back/manifest.mpd";
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> MillraceProcess.status(url) == 200);
            try (Page page = open(browser, "Dash", url)) {
                await(page, look -> assertThat(number(look, "frames")).isGreaterThan(50));
                assertThat(number(look(page), "buffers")).isEqualTo(2);
                publisher.destroyForcibly().waitFor(60, TimeUnit.SECONDS);
                publisher = Ffmpeg.publish(clip, back, folder.resolve("back1.log"));
                // Played through what there was, and well into the new period.
                await(
                        page,
                        look ->
                                assertThat(MillraceProcess.body(url))
                                        .contains("urn:mpeg:dash:period-con"));
                double frames = number(look(page), "frames");
                await(
                        page,
                        look -> {
                            assertThat(number(look, "frames")).isGreaterThan(frames + 250);
                            assertThat(number(look, "behind")).isBetween(0.0, 14.0);
                        });
                assertThat(number(look(page), "buffers")).isEqualTo(2);
                assertThat(errors(page)).isEmpty();
            }
        } finally {
            publisher.destroyForcibly().waitFor(60, TimeUnit.SECONDS);
        }
    }

    /// The encoder's sound is away for two of ten seconds, over the end of a segment: parts with
    /// GAP=YES.
    @Test
    void hlsJsPlaysOverPartsThatAreMissing() throws Exception {
        Path whole = Ffmpeg.clip(folder.resolve("whole.mp4"), 10, 320, 180);
        Path holed = folder.resolve("holed.mp4");
        Ffmpeg.run(
                60,
                "-i",
                whole.toString(),
                "-c",
                "copy",
                "-bsf:a",
                "noise=drop='between(pts*tb,5.4,7.15)'",
                holed.toString());
        // Otherwise it waits for sound before it sends pictures.
        Process publisher =
                Ffmpeg.publish(
                        holed,
                        millrace.rtmp("holed"),
                        folder.resolve("holed.log"),
                        "-max_interleave_delta",
                        "100000");
        try {
            String url = millrace.base() + "/live/holed/master.m3u8";
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> MillraceProcess.status(url) == 200);
            try (Page page = open(browser, "Hls", url)) {
                await(page, look -> assertThat(number(look, "gaps")).isPositive());
                double frames = number(look(page), "frames");
                await(
                        page,
                        look -> {
                            // Through the whole hole, and what is behind it.
                            assertThat(number(look, "frames")).isGreaterThan(frames + 250);
                            assertThat(number(look, "behind")).isBetween(0.0, 14.0);
                        });
                // That it goes over the hole is what it is there for.
                assertThat(errors(page))
                        .allSatisfy(
                                error ->
                                        assertThat((String) error)
                                                .contains("bufferSeekOverHole false"));
            }
        } finally {
            publisher.destroyForcibly().waitFor(60, TimeUnit.SECONDS);
        }
    }

    static List<?> errors(Page page) {
        return look(page).get("errors") instanceof List<?> errors ? errors : List.of("no answer");
    }

    static Page open(Browser browser, String player, String url) throws Exception {
        Path script =
                switch (player) {
                    case "Hls" -> PlayerScripts.product("hls.js/dist/hls.min.js");
                    case "Shaka" ->
                            PlayerScripts.product("shaka-player/dist/shaka-player.compiled.js");
                    default -> PlayerScripts.dashJs();
                };
        Page page = browser.newPage();
        page.setContent("<video muted width=320 height=180></video>");
        page.addScriptTag(new Page.AddScriptTagOptions().setPath(script));
        try (var driver = LivePlayersIT.class.getResourceAsStream("/players/live.js")) {
            page.addScriptTag(
                    new Page.AddScriptTagOptions()
                            .setContent(
                                    new String(
                                            Objects.requireNonNull(driver).readAllBytes(),
                                            StandardCharsets.UTF_8)));
        }
        page.evaluate(
                "([player, url]) => { window['start' + player](url); }", List.of(player, url));
        return page;
    }

    @FunctionalInterface
    interface Check {
        void run(Map<?, ?> look);
    }

    static void await(Page page, Check check) {
        var last = new ArrayList<Map<?, ?>>();
        Awaitility.await()
                .atMost(Duration.ofSeconds(40))
                .pollInterval(Duration.ofMillis(200))
                .untilAsserted(
                        () -> {
                            last.clear();
                            last.add(look(page));
                            try {
                                check.run(last.getFirst());
                            } catch (AssertionError e) {
                                throw new AssertionError(last + ": " + e.getMessage(), e);
                            }
                        });
    }

    static Map<?, ?> look(Page page) {
        return (Map<?, ?>) page.evaluate("() => window.look()");
    }

    static double number(Map<?, ?> look, String name) {
        return look.get(name) instanceof Number number ? number.doubleValue() : -1;
    }
}
