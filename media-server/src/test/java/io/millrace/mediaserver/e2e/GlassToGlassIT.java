package io.millrace.mediaserver.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// How old a picture is when a player of the web shows it, by the clock in the picture: through the
/// encoder, the server, and the player with its buffer. The figures are logged; what is asserted is
/// only that a player is live at all, as a test's machine has other things to do.
class GlassToGlassIT {
    private static final int SETTLED_LOOKS = 100;
    private static final long MAX_AGE_MS = 60_000;

    @TempDir static Path folder;

    @Test
    void picturesAreYoungWhenTheyAreShown() throws Exception {
        Assumptions.assumeTrue(
                Files.isExecutable(BrowserIT.CHROMIUM),
                "skipped: no Chromium (Debian package chromium)");
        var environment = Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
        try (MillraceProcess millrace =
                        MillraceProcess.liveAlone(folder, "live.publish.open=true");
                Playwright playwright =
                        Playwright.create(new Playwright.CreateOptions().setEnv(environment));
                Browser browser = playwright.chromium().launch(BrowserIT.options())) {
            try (var _ =
                    new ClockPublisher(millrace.rtmp("clock"), folder.resolve("publisher.log"))) {
                String base = millrace.base() + "/live/clock/";
                Awaitility.await()
                        .atMost(Duration.ofSeconds(40))
                        .until(() -> MillraceProcess.status(base + "master.m3u8") == 200);
                Map<String, Page> pages = new LinkedHashMap<>();
                pages.put("Hls", LivePlayersIT.open(browser, "Hls", base + "master.m3u8"));
                pages.put("Dash", LivePlayersIT.open(browser, "Dash", base + "manifest.mpd"));
                for (Page page : pages.values()) {
                    readClock(page);
                }
                pages.forEach(GlassToGlassIT::measure);
            }
        }
    }

    private static void readClock(Page page) throws Exception {
        try (var script = GlassToGlassIT.class.getResourceAsStream("/players/clock.js")) {
            page.addScriptTag(
                    new Page.AddScriptTagOptions()
                            .setContent(
                                    new String(
                                            Objects.requireNonNull(script).readAllBytes(),
                                            StandardCharsets.UTF_8)));
        }
    }

    private static void measure(String player, Page page) {
        // Players find their place behind the edge in the first seconds.
        awaitLooks(page, SETTLED_LOOKS);
        page.evaluate("() => { window.clock.ages = []; }");
        awaitLooks(page, SETTLED_LOOKS);
        List<Double> ages =
                ((List<?>) page.evaluate("() => window.clock.ages"))
                        .stream().map(age -> ((Number) age).doubleValue()).sorted().toList();
        LoggerFactory.getLogger(GlassToGlassIT.class)
                .warn(
                        "{}: from the encoder's input to the screen {} ms (median), {} ms (95 %),"
                                + " {} of {} pictures could not be read",
                        player,
                        ages.get(ages.size() / 2),
                        ages.get(ages.size() * 95 / 100),
                        page.evaluate("() => window.clock.unreadable"),
                        ages.size());
        assertThat(LivePlayersIT.errors(page)).as(player).isEmpty();
        assertThat(ages.get(ages.size() / 2)).as(player).isBetween(0.0, (double) MAX_AGE_MS);
    }

    private static void awaitLooks(Page page, int looks) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(200))
                .until(
                        () ->
                                page.evaluate("() => window.clock.ages.length")
                                                instanceof Number number
                                        && number.intValue() >= looks);
    }
}
