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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// The players of the web on what the packager makes of a folder: they start at 0, show the text,
/// change the language and come to the end, without one error, not even one they recover from.
class PlayersIT {
    private static final int SECONDS = 12;

    @TempDir static Path folder;
    private static MillraceProcess millrace;
    private static Playwright playwright;
    private static Browser browser;
    private static Path dashJs;

    @BeforeAll
    static void serve() throws Exception {
        Assumptions.assumeTrue(
                Files.isExecutable(BrowserIT.CHROMIUM),
                "skipped: no Chromium (Debian package chromium)");
        MillraceProcess.launcher();
        Path media = Files.createDirectories(folder.resolve("media"));
        Ffmpeg.clip(media.resolve("a.mp4"), SECONDS, 640, 360);
        Ffmpeg.clip(media.resolve("b.mp4"), SECONDS, 320, 180);
        Ffmpeg.clip(media.resolve("c.mp4"), SECONDS, 480, 360);
        Ffmpeg.run(
                60,
                "-i",
                media.resolve("a.mp4").toString(),
                "-map",
                "0:v",
                "-map",
                "0:a",
                "-map",
                "0:a",
                "-c",
                "copy",
                "-metadata:s:a:0",
                "language=eng",
                "-metadata:s:a:1",
                "language=fra",
                media.resolve("two.mp4").toString());
        Files.writeString(
                media.resolve("text.srt"),
                """
                1
                00:00:00,500 --> 00:00:09,000
                Shown <i>here</i>
                """);
        Path mappings = Files.createDirectories(folder.resolve("mappings"));
        Files.writeString(
                mappings.resolve("two.json"),
                """
                {"durations": [6000, 6000], "sequences": [{"clips": [{"path": "a.mp4"}, {"path": "c.mp4"}]}]}
                """);
        millrace =
                MillraceProcess.startBare(
                        folder,
                        MillraceProcess.freePortBase(),
                        "serve",
                        "--roles",
                        "delivery",
                        "--local-root",
                        media.toString(),
                        "--set",
                        "mapped.source=" + mappings,
                        "--set",
                        "mapped.unsigned=true");
        millrace.awaitReady();
        playwright =
                Playwright.create(
                        new Playwright.CreateOptions()
                                .setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        browser = playwright.chromium().launch(BrowserIT.options());
        dashJs = PlayerScripts.dashJs();
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

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource({
        "Hls, hls/a.mp4/master.m3u8",
        "Hls, hlsf/a.mp4/master.m3u8",
        "Hls, hlsf/a.mp4/ranges.m3u8",
        "Hls, 'hls/,a,b,.mp4.urlset/master.m3u8'",
        "Shaka, hls/a.mp4/master.m3u8",
        "Shaka, hlsf/a.mp4/master.m3u8",
        "Shaka, dash/a.mp4/manifest.mpd",
        "Shaka, dash/a.mp4/manifest-number.mpd",
        "Shaka, 'dash/,a,b,.mp4.urlset/ondemand.mpd'",
        "Dash, 'dash/,a,b,.mp4.urlset/manifest.mpd'",
        "Dash, dash/a.mp4/manifest-number.mpd",
        "Dash, dash/a.mp4/ondemand.mpd",
        "Hls, mapped/hls/two.json/master.m3u8",
        "Hls, mapped/hlsf/two.json/master.m3u8",
        "Shaka, mapped/dash/two.json/manifest.mpd",
        "Dash, mapped/dash/two.json/manifest.mpd",
    })
    void playsFromStartToEnd(String player, String path) throws Exception {
        try (Page page = open(player, path, false)) {
            await(page, look -> assertThat(number(look, "time")).isGreaterThan(1.5));
            await(page, look -> assertThat(number(look, "frames")).isGreaterThan(20));
            page.evaluate("() => { document.querySelector('video').currentTime = 9.5; }");
            // dash.js does not always say "ended" after a seek, although it has played all.
            await(
                    page,
                    look ->
                            assertThat(
                                            Boolean.TRUE.equals(look.get("ended"))
                                                    || player.equals("Dash")
                                                            && number(look, "time") > SECONDS - 0.1)
                                    .isTrue());
            Map<?, ?> look = look(page);
            assertThat(number(look, "duration")).isBetween(SECONDS - 0.1, SECONDS + 0.2);
            assertThat(errors(look)).as(look.toString()).isEmpty();
        }
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource({
        "Hls, 'hls/,a.mp4,text.srt,.urlset/master.m3u8'",
        "Hls, 'hlsf/,a.mp4,text.srt,.urlset/master.m3u8'",
        "Shaka, 'hls/,a.mp4,text.srt,.urlset/master.m3u8'",
        "Shaka, 'dash/,a.mp4,text.srt,.urlset/manifest.mpd'",
        "Shaka, 'dash/,a.mp4,text.srt,.urlset/manifest-stpp.mpd'",
        "Dash, 'dash/,a.mp4,text.srt,.urlset/manifest.mpd'",
        "Dash, 'dash/,a.mp4,text.srt,.urlset/manifest-stpp.mpd'",
    })
    void showsSubtitles(String player, String path) throws Exception {
        try (Page page = open(player, path, true)) {
            if (!path.endsWith("stpp.mpd")) { // which becomes elements, not cues
                await(page, look -> assertThat(number(look, "cues")).isPositive());
            }
            if (!player.equals("Shaka")) { // which draws the text itself
                await(page, look -> assertThat((String) look.get("texts")).contains("Shown"));
            }
            await(page, look -> assertThat(number(look, "time")).isGreaterThan(1));
            assertThat(errors(look(page))).isEmpty();
        }
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource({
        "Hls, hls/two.mp4/master.m3u8",
        "Hls, hlsf/two.mp4/master.m3u8",
        "Shaka, dash/two.mp4/manifest.mpd",
        "Dash, dash/two.mp4/manifest.mpd",
    })
    void changesTheLanguage(String player, String path) throws Exception {
        try (Page page = open(player, path, false)) {
            await(page, look -> assertThat(number(look, "time")).isGreaterThan(1));
            assertThat(number(look(page), "audio")).isEqualTo(2);
            page.evaluate("() => window.switchAudio(1)");
            double before = number(look(page), "time");
            await(page, look -> assertThat(number(look, "time")).isGreaterThan(before + 1.5));
            assertThat(errors(look(page))).isEmpty();
        }
    }

    /// hls.js puts playlist time 0 at the first decode time of MPEG-TS; where pictures are
    /// reordered the first one is shown some frames later, and it reports that it skips these. No
    /// packager can help that: a decode time cannot be after its picture's time.
    private static List<String> errors(Map<?, ?> look) {
        if (!(look.get("errors") instanceof List<?> errors)) {
            return List.of("the page does not answer");
        }
        return errors.stream()
                .map(Object::toString)
                .filter(text -> !text.contains("buffer holes, seeking from 0 to 0."))
                .toList();
    }

    private static Page open(String player, String path, boolean subtitles) throws Exception {
        Path script =
                switch (player) {
                    case "Hls" -> PlayerScripts.product("hls.js/dist/hls.min.js");
                    case "Shaka" ->
                            PlayerScripts.product("shaka-player/dist/shaka-player.compiled.js");
                    default -> dashJs;
                };
        Page page = browser.newPage();
        // A page of nobody's, as most players are: all it loads is cross-origin.
        page.setContent("<video muted width=640 height=360></video>");
        page.addScriptTag(new Page.AddScriptTagOptions().setPath(script));
        try (var driver = PlayersIT.class.getResourceAsStream("/players/drive.js")) {
            page.addScriptTag(
                    new Page.AddScriptTagOptions()
                            .setContent(
                                    new String(
                                            Objects.requireNonNull(driver).readAllBytes(),
                                            StandardCharsets.UTF_8)));
        }
        page.evaluate(
                "([player, url, text]) => { window['start' + player](url, text); }",
                List.of(player, millrace.base() + "/" + path, subtitles));
        return page;
    }

    @FunctionalInterface
    private interface Check {
        void run(Map<?, ?> look);
    }

    private static void await(Page page, Check check) {
        var last = new ArrayList<Map<?, ?>>();
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
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

    private static Map<?, ?> look(Page page) {
        return (Map<?, ?>) page.evaluate("() => window.look()");
    }

    private static double number(Map<?, ?> look, String name) {
        return look.get(name) instanceof Number number ? number.doubleValue() : -1;
    }

    @Test
    void theFolderIsWhatIsServed() throws Exception {
        assertThat(MillraceProcess.status(millrace.base() + "/hls/a.mp4/seg-99.ts")).isEqualTo(404);
    }
}
