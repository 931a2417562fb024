package io.millrace.mediaserver.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The page that records with a camera, in Chromium with its fake devices, on a live server that
/// stands alone.
class WebcamIT {
    @TempDir static Path folder;
    private static Path media;
    private static MillraceProcess millrace;
    private static Playwright playwright;

    @BeforeAll
    static void serve() throws Exception {
        Assumptions.assumeTrue(
                Files.isExecutable(BrowserIT.CHROMIUM),
                "skipped: no Chromium (Debian package chromium)");
        MillraceProcess.launcher();
        media = Files.createDirectories(folder.resolve("media"));
        millrace =
                MillraceProcess.startBare(
                        folder,
                        MillraceProcess.freePortBase(),
                        "serve",
                        "--roles",
                        "live,delivery",
                        "--local-root",
                        media.toString(),
                        "--set",
                        "live.publish.keys=cam:s3cret,denied:s3cret,fox:s3cret");
        millrace.awaitReady();
        playwright =
                Playwright.create(
                        new Playwright.CreateOptions()
                                .setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
    }

    @AfterAll
    static void stop() throws Exception {
        if (playwright != null) {
            playwright.close();
        }
        if (millrace != null) {
            millrace.close();
        }
    }

    private static List<Path> recordings(String stream, String extension) throws IOException {
        try (Stream<Path> files = Files.walk(media)) {
            return files.filter(f -> f.toString().contains("/" + stream + "/"))
                    .filter(f -> f.toString().endsWith(extension))
                    .toList();
        }
    }

    @Test
    void aBroadcastWhoseConnectionBreaksIsLiveAndRecordedWhole() throws Exception {
        var said = new ArrayList<String>();
        try (var relay = new CuttableRelay(millrace.portBase());
                Browser browser = WebcamPage.browser(playwright, "--use-fake-ui-for-media-stream");
                BrowserContext context = browser.newContext()) {
            Page page = WebcamPage.open(context, relay.port(), "#name=cam&key=s3cret", said);
            WebcamPage.awaitText(page, "#state", "Ready");
            await().until(() -> page.isEnabled("#start"));
            assertThat(page.locator("#camera option").count()).isGreaterThan(1);
            assertThat(page.locator("#microphone option").count()).isGreaterThan(1);
            // The fake microphone beeps.
            await().atMost(Duration.ofSeconds(60))
                    .until(
                            () ->
                                    ((Number)
                                                            page.evaluate(
                                                                    "() => document.querySelector('#level').value"))
                                                    .doubleValue()
                                            > 0.2);
            page.click("#start");
            WebcamPage.awaitText(page, "#state", "Recording");
            WebcamPage.awaitText(page, "#live", "You are live.");
            await().until(() -> !WebcamPage.text(page, "#elapsed").endsWith("00:00:00"));
            relay.cut();
            WebcamPage.awaitText(page, "#state", "Connection lost");
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> WebcamPage.text(page, "#waiting").matches("[1-9].*"));
            relay.mend();
            WebcamPage.awaitText(page, "#state", "Recording");
            String live = millrace.base() + "/live/cam/master.m3u8";
            await().atMost(Duration.ofSeconds(60)).until(() -> MillraceProcess.status(live) == 200);
            assertThat(MillraceProcess.body(live)).contains("avc1").contains("Opus");
            page.click("#pause");
            WebcamPage.awaitText(page, "#state", "Paused");
            String paused = WebcamPage.text(page, "#elapsed");
            page.click("#pause");
            WebcamPage.awaitText(page, "#state", "Recording");
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> WebcamPage.text(page, "#elapsed").compareTo(paused) > 0);
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> WebcamPage.text(page, "#elapsed").compareTo("00:00:06") >= 0);
            page.click("#stop");
            WebcamPage.awaitText(page, "#state", "Done");
            assertThat(WebcamPage.text(page, "#notices")).isEmpty();
        }
        assertThat(said).isEmpty();
        assertThat(millrace.output())
                .contains("is back and goes on at byte")
                .doesNotContain("s3cret");
        await().atMost(Duration.ofSeconds(60))
                .until(() -> millrace.output().contains("live cam: ended"));
        await().atMost(Duration.ofSeconds(60)).until(() -> recordings("cam", ".mp4").size() == 1);
        String path = media.relativize(recordings("cam", ".mp4").getFirst()).toString();
        String playlist = MillraceProcess.body(millrace.base() + "/hls/" + path + "/master.m3u8");
        assertThat(playlist).contains("avc1");
        assertThat(gaps(recordings("cam", ".mp4").getFirst())).isEmpty();
    }

    /// Pictures of a recording that are further from the one before than a broken connection could
    /// hide.
    private static List<String> gaps(Path file) throws Exception {
        Path log = folder.resolve("packets.txt");
        Ffmpeg.run(
                60,
                "-i",
                file.toString(),
                "-map",
                "0:v",
                "-c",
                "copy",
                "-f",
                "framecrc",
                log.toString());
        var gaps = new ArrayList<String>();
        double scale = 0;
        double last = -1;
        Pattern base = Pattern.compile("#tb 0: 1/(\\d+)");
        for (String line : Files.readAllLines(log)) {
            Matcher unit = base.matcher(line);
            if (unit.matches()) {
                scale = Double.parseDouble(unit.group(1));
            } else if (!line.startsWith("#")) {
                double seconds = Long.parseLong(line.split(", *")[1].strip()) / scale;
                if (last >= 0 && seconds - last > 0.7) {
                    gaps.add(last + " to " + seconds);
                }
                last = seconds;
            }
        }
        assertThat(last).isGreaterThan(5);
        return gaps;
    }

    /// As Firefox, which makes nothing else.
    @Test
    void aBrowserWithVp8IsRecordedAndToldThatItIsNotLive() throws Exception {
        var said = new ArrayList<String>();
        try (Browser browser = WebcamPage.browser(playwright, "--use-fake-ui-for-media-stream");
                BrowserContext context = browser.newContext()) {
            context.addInitScript(
                    "MediaRecorder.isTypeSupported = (type) => type.includes('vp8');");
            Page page = WebcamPage.open(context, millrace.portBase(), "#name=fox&key=s3cret", said);
            await().until(() -> page.isEnabled("#start"));
            page.click("#start");
            WebcamPage.awaitText(page, "#live", "not live");
            WebcamPage.awaitText(page, "#elapsed", "00:00:02");
            page.click("#stop");
            WebcamPage.awaitText(page, "#state", "Done");
        }
        assertThat(said).isEmpty();
        await().atMost(Duration.ofSeconds(60)).until(() -> recordings("fox", ".webm").size() == 1);
        Ffmpeg.decode(recordings("fox", ".webm").getFirst().toString());
        assertThat(MillraceProcess.status(millrace.base() + "/live/fox/master.m3u8"))
                .isEqualTo(404);
    }

    @Test
    void saysWhatToDoWhenTheCameraIsDenied() {
        var said = new ArrayList<String>();
        // Without its fake answers a browser that nobody sees says no by itself.
        try (Browser browser = WebcamPage.browser(playwright, "--deny-permission-prompts");
                BrowserContext context = browser.newContext()) {
            Page page =
                    WebcamPage.open(context, millrace.portBase(), "#name=denied&key=s3cret", said);
            WebcamPage.awaitText(page, "#notices", "Camera and microphone are blocked");
            assertThat(page.isDisabled("#start")).isTrue();
            assertThat(page.locator("#notices [role=alert]").count()).isEqualTo(1);
            // Every control has a name, and the first that helps can be reached by keyboard.
            page.focus("#again");
            page.keyboard().press("Enter");
            WebcamPage.awaitText(page, "#notices", "Camera and microphone are blocked");
            assertThat(unnamedControls(page)).isEmpty();
        }
        assertThat(said).isEmpty();
    }

    @Test
    void saysWhatIsWrongWithTheKey() {
        var said = new ArrayList<String>();
        try (Browser browser = WebcamPage.browser(playwright, "--use-fake-ui-for-media-stream");
                BrowserContext context = browser.newContext()) {
            Page page = WebcamPage.open(context, millrace.portBase(), "", said);
            await().until(() -> page.isEnabled("#start"));
            assertThat(unnamedControls(page)).isEmpty();
            page.fill("#name", "cam");
            page.fill("#key", "wrong");
            page.click("#start");
            WebcamPage.awaitText(page, "#notices", "The stream key is not right");
            WebcamPage.awaitText(page, "#state", "Stopped");
            assertThat(page.isEnabled("#key")).isTrue();
            assertThat(page.isVisible("#start")).isTrue();
        }
        assertThat(said).isEmpty();
    }

    /// Form controls and buttons that a screen reader could not name.
    private static List<?> unnamedControls(Page page) {
        return (List<?>)
                page.evaluate(
                        """
                        () => [...document.querySelectorAll("button, select, input, meter, video, a")]
                            .filter((e) => !(e.labels?.length || e.textContent.trim() || e.getAttribute("aria-label")))
                            .map((e) => e.outerHTML)
                        """);
    }
}
