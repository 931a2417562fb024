package io.millrace.mediaserver.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The player's and the console's pages in a real Chromium: the picture moves.
class BrowserIT {
    static final Path CHROMIUM = Path.of("/usr/bin/chromium");

    @TempDir Path folder;

    @Test
    void playsHlsDashAndLiveAndShowsTheConsole() throws Exception {
        Assumptions.assumeTrue(
                Files.isExecutable(CHROMIUM), "skipped: no Chromium (Debian package chromium)");
        Path clip = Ffmpeg.clip(folder.resolve("clip.mp4"), 20, 640, 360);
        Path resultFile = folder.resolve("r.json");
        try (var millrace =
                        MillraceProcess.start(
                                folder,
                                MillraceProcess.freePortBase(),
                                "demo",
                                clip.toString(),
                                "--result",
                                resultFile.toString());
                var playwright =
                        Playwright.create(
                                new Playwright.CreateOptions()
                                        .setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
                Browser browser = playwright.chromium().launch(options())) {
            Awaitility.await().atMost(Duration.ofMinutes(3)).until(() -> Files.exists(resultFile));
            JsonNode result = JsonMapper.shared().readTree(Files.readString(resultFile));
            String player = result.path("player").asString();
            assertPictureMoves(browser, player + "&autoplay=true");
            assertPictureMoves(browser, player + "&autoplay=true&format=mpegdash");

            Process publisher =
                    Ffmpeg.publish(
                            clip,
                            result.path("rtmpPublish").asString(),
                            folder.resolve("publisher.log"));
            try {
                String entryId = result.path("entryId").asString();
                String live = player.replace(entryId, result.path("liveEntryId").asString());
                assertPictureMoves(browser, live + "&autoplay=true");
            } finally {
                publisher.destroy();
                publisher.waitFor();
            }

            Page console = browser.newPage();
            console.navigate(result.path("console").asString());
            console.waitForSelector("input[type=password]");
            console.close();
        }
    }

    static BrowserType.LaunchOptions options() {
        return new BrowserType.LaunchOptions()
                .setExecutablePath(CHROMIUM)
                .setArgs(
                        List.of(
                                "--no-sandbox",
                                "--disable-gpu",
                                "--disable-quic",
                                "--no-first-run",
                                "--disable-background-networking",
                                "--disable-component-update",
                                "--disable-sync",
                                "--autoplay-policy=no-user-gesture-required"));
    }

    /// currentTime and decoded frames grow, and the page logs no error.
    private static void assertPictureMoves(Browser browser, String url) {
        var said = new ArrayList<String>();
        try (Page page = browser.newPage()) {
            page.onPageError(error -> said.add(error));
            page.onConsoleMessage(message -> said.add(message.type() + ": " + message.text()));
            page.navigate(url);
            page.waitForSelector("video");
            String script =
                    "() => { const v = document.querySelector('video');"
                            + " return [v.currentTime, v.getVideoPlaybackQuality().totalVideoFrames]; }";
            Awaitility.await()
                    .atMost(Duration.ofSeconds(45))
                    .pollInterval(Duration.ofMillis(300))
                    .untilAsserted(
                            () -> {
                                List<?> now = (List<?>) page.evaluate(script);
                                double time = ((Number) now.get(0)).doubleValue();
                                double frames = ((Number) now.get(1)).doubleValue();
                                assertThat(time).as(url + " " + said).isGreaterThan(1.5);
                                assertThat(frames).as(url + " " + said).isGreaterThan(20);
                            });
        }
    }
}
