package io.millrace.mediaserver.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;

import org.assertj.core.api.InstanceOfAssertFactories;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// The players of the web go back in a stream that runs, to what memory has let go of, and choose
/// among its renditions there. One is recorded, the other not; and of another server's nothing is.
class DvrPlayersIT {
    @TempDir static Path folder;

    @Test
    void playersGoBack() throws Exception {
        Assumptions.assumeTrue(
                Files.isExecutable(BrowserIT.CHROMIUM),
                "skipped: no Chromium (Debian package chromium)");
        Path clip = Ffmpeg.clip(folder.resolve("clip.mp4"), 20, 320, 180);
        var environment = Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
        try (MillraceProcess millrace =
                        MillraceProcess.liveAlone(
                                folder.resolve("recorded"),
                                "live.publish.open=true",
                                "live.publish.renditions=_low",
                                "live.window=6s");
                MillraceProcess unrecorded =
                        MillraceProcess.liveAlone(
                                folder.resolve("unrecorded"),
                                "live.publish.open=true",
                                "live.recording=false",
                                "live.window=6s");
                Playwright playwright =
                        Playwright.create(new Playwright.CreateOptions().setEnv(environment));
                Browser browser = playwright.chromium().launch(BrowserIT.options())) {
            Process publisher =
                    Ffmpeg.publish(
                            clip,
                            millrace.rtmp("cam_low"),
                            folder.resolve("publisher.log"),
                            "-f",
                            "flv",
                            millrace.rtmp("cam"),
                            "-vf",
                            "scale=160:90",
                            "-c:v",
                            "libx264",
                            "-preset",
                            "ultrafast",
                            "-force_key_frames",
                            "expr:gte(t,n_forced*2)",
                            "-c:a",
                            "copy");
            Process other =
                    Ffmpeg.publish(clip, unrecorded.rtmp("cam"), folder.resolve("other.log"));
            try {
                String base = millrace.base() + "/live/cam/";
                // Memory has six segments.
                Awaitility.await()
                        .atMost(Duration.ofSeconds(60))
                        .until(
                                () ->
                                        segments(base + "v1-dvr.m3u8") > 11
                                                && segments(base + "vlow-dvr.m3u8") > 11);
                Page start =
                        LivePlayersIT.open(browser, "Hls", base + "master-dvr.m3u8?from=start");
                playsThePast(start);
                Page hls = LivePlayersIT.open(browser, "Hls", base + "master-dvr.m3u8");
                Page dash = LivePlayersIT.open(browser, "Dash", base + "manifest-dvr.mpd");
                for (Page page : List.of(hls, dash)) {
                    LivePlayersIT.await(
                            page,
                            look -> {
                                assertThat(LivePlayersIT.number(look, "frames")).isGreaterThan(25);
                                assertThat(LivePlayersIT.number(look, "behind"))
                                        .isBetween(0.0, 14.0);
                            });
                    page.evaluate("() => window.back()");
                    playsThePast(page);
                    assertThat(page.evaluate("() => window.levels()"))
                            .asInstanceOf(InstanceOfAssertFactories.LIST)
                            .containsExactlyInAnyOrder(160, 320);
                    for (int width : List.of(160, 320, 160)) {
                        page.evaluate("width => window.take(width)", width);
                        LivePlayersIT.await(
                                page,
                                look ->
                                        assertThat(LivePlayersIT.number(look, "width"))
                                                .isEqualTo(width));
                        playsThePast(page);
                    }
                    assertThat(LivePlayersIT.errors(page)).isEmpty();
                    page.close();
                }
                Page unkept =
                        LivePlayersIT.open(
                                browser,
                                "Hls",
                                unrecorded.base() + "/live/cam/master-dvr.m3u8?from=start");
                playsThePast(unkept);
                assertThat(LivePlayersIT.errors(unkept)).isEmpty();
            } finally {
                other.destroyForcibly().waitFor(60, TimeUnit.SECONDS);
                publisher.destroyForcibly().waitFor(60, TimeUnit.SECONDS);
            }
        }
    }

    private static void playsThePast(Page page) {
        LivePlayersIT.await(
                page,
                look -> assertThat(LivePlayersIT.number(look, "behind")).isBetween(18.0, 300.0));
        double frames = LivePlayersIT.number(LivePlayersIT.look(page), "frames");
        LivePlayersIT.await(
                page,
                look ->
                        assertThat(LivePlayersIT.number(look, "frames"))
                                .isGreaterThan(frames + 25));
    }

    private static int segments(String url) throws Exception {
        try (var client = HttpClient.newHttpClient()) {
            String playlist =
                    client.send(
                                    HttpRequest.newBuilder(URI.create(url)).build(),
                                    HttpResponse.BodyHandlers.ofString())
                            .body();
            return playlist.split("#EXTINF").length - 1;
        }
    }
}
