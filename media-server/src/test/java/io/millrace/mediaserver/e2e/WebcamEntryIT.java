package io.millrace.mediaserver.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What is broadcast with a browser's camera into a live entry of the platform is an entry
/// afterwards, whatever the browser can record.
class WebcamEntryIT {
    private static final Pattern PARTNER = Pattern.compile("Partner +(\\d+)");
    private static final Pattern ADMIN_SECRET = Pattern.compile("Admin secret +(\\w+)");
    private static final int READY = 2;

    @TempDir Path folder;

    @Test
    void aBroadcastIsAnEntry() throws Exception {
        Assumptions.assumeTrue(
                Files.isExecutable(BrowserIT.CHROMIUM),
                "skipped: no Chromium (Debian package chromium)");
        try (var millrace = MillraceProcess.serve(folder, MillraceProcess.freePortBase());
                Playwright playwright =
                        Playwright.create(
                                new Playwright.CreateOptions()
                                        .setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
                Browser browser =
                        WebcamPage.browser(playwright, "--use-fake-ui-for-media-stream")) {
            await().atMost(Duration.ofSeconds(120))
                    .until(() -> millrace.output().contains("Ctrl-C"));
            int partner = Integer.parseInt(printed(millrace, PARTNER));
            Api admin = Api.admin(millrace.base(), partner, printed(millrace, ADMIN_SECRET));
            // H.264: live, and played as it was recorded.
            broadcast(millrace, browser, admin, partner, "", "You are live.");
            // VP8, as Firefox has it: not live, and converted like an upload.
            broadcast(
                    millrace,
                    browser,
                    admin,
                    partner,
                    "MediaRecorder.isTypeSupported = (type) => type.includes('vp8');",
                    "not live");
        }
    }

    private static void broadcast(
            MillraceProcess millrace,
            Browser browser,
            Api admin,
            int partner,
            String script,
            String live)
            throws Exception {
        JsonNode entry =
                admin.call(
                        "liveStream.add",
                        Map.of(
                                "liveStreamEntry",
                                Map.of("objectType", "KalturaLiveStreamEntry", "name", "At home")));
        String id = entry.path("id").asString();
        String key = entry.path("primaryBroadcastingUrl").asString().replaceFirst(".*[?&]t=", "");
        var said = new ArrayList<String>();
        try (BrowserContext context = browser.newContext()) {
            context.addInitScript(script);
            // The console's link.
            Page page =
                    WebcamPage.open(
                            context,
                            millrace.portBase(),
                            "#name=" + id + "_1&key=" + key + "&p=" + partner + "&entry=" + id,
                            said);
            await().until(() -> page.isEnabled("#start"));
            page.click("#start");
            WebcamPage.awaitText(page, "#live", live);
            WebcamPage.awaitText(page, "#elapsed", "00:00:04");
            page.click("#stop");
            WebcamPage.awaitText(page, "#state", "Done");
        }
        assertThat(said).isEmpty();
        await().atMost(Duration.ofSeconds(120))
                .pollInterval(Duration.ofMillis(250))
                .untilAsserted(
                        () -> {
                            JsonNode now = admin.call("liveStream.get", Map.of("entryId", id));
                            String recorded = now.path("recordedEntryId").asString("");
                            assertThat(recorded).as(now.toString()).isNotEmpty();
                            JsonNode made = admin.call("media.get", Map.of("entryId", recorded));
                            assertThat(made.path("status").asInt())
                                    .as(made.toString())
                                    .isEqualTo(READY);
                            assertThat(made.path("duration").asInt()).isBetween(3, 60);
                        });
        String recorded =
                admin.call("liveStream.get", Map.of("entryId", id))
                        .path("recordedEntryId")
                        .asString();
        String manifest =
                millrace.base()
                        + "/p/"
                        + partner
                        + "/playManifest/entryId/"
                        + recorded
                        + "/format/applehttp/a.m3u8";
        await().atMost(Duration.ofSeconds(60)).until(() -> MillraceProcess.status(manifest) < 400);
        Ffmpeg.decode(manifest);
        assertThat(millrace.output()).doesNotContain(key);
    }

    private static String printed(MillraceProcess millrace, Pattern pattern) throws Exception {
        Matcher matcher = pattern.matcher(millrace.output());
        assertThat(matcher.find()).as(millrace.output()).isTrue();
        return matcher.group(1);
    }
}
