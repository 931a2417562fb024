package io.millrace.mediaserver.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.Route;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.delivery.drm.Encryption;
import io.millrace.delivery.drm.KeyFile;
import io.millrace.delivery.drm.SchemeChoice;
import io.millrace.delivery.http.EventLoops;
import io.millrace.delivery.http.HttpRouter;
import io.millrace.delivery.http.HttpServer;
import io.millrace.delivery.http.HttpServerOptions;
import io.millrace.delivery.thumbnail.ThumbnailOptions;
import io.millrace.delivery.vod.DeliveryOptions;
import io.millrace.delivery.vod.DeliveryRoutes;
import io.millrace.storage.blob.LocalFolder;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/// Encrypted media in a real Chromium: hls.js takes AES-128 and SAMPLE-AES, Shaka Player takes DASH
/// in both schemes of Common Encryption with a ClearKey licence.
class EncryptedPlaybackIT {
    private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
    private static final String ASSETS = "/io/millrace/platformapi/web/dist/";

    private static final String KEYS =
            """
            {"keys": [
              {"path": "aes/", "key": "00112233445566778899aabbccddeeff", "scheme": "aes-128"},
              {"path": "sample/", "key": "00112233445566778899aabbccddeeff",
               "scheme": "sample-aes"},
              {"path": "cenc/", "kid": "10000000-2000-4000-8000-300000000000",
               "key": "00112233445566778899aabbccddeeff", "scheme": "cenc"},
              {"path": "cbcs/", "kid": "10000000-2000-4000-8000-300000000001",
               "key": "0123456789abcdef0123456789abcdef", "scheme": "cbcs"}]}
            """;

    private static final String HLS =
            """
            url => { const hls = new Hls({enableWorker: false});
              hls.on(Hls.Events.ERROR, (e, d) => console.log(d.details + ' ' + d.reason));
              hls.loadSource(url); hls.attachMedia(document.querySelector('video'));
              document.querySelector('video').play(); }
            """;

    private static final String SHAKA =
            """
            async url => { const video = document.querySelector('video');
              const player = new shaka.Player();
              await player.attach(video);
              player.configure({drm: {servers:
                {'org.w3.clearkey': url.replace(/[^/]*$/, 'clearkey')}}});
              try { await player.load(url); video.play(); }
              catch (e) { console.log('shaka ' + e.code + ' ' + JSON.stringify(e.data)); } }
            """;

    @TempDir Path folder;

    @Test
    void playsInHlsJsAndShaka() throws Exception {
        Assumptions.assumeTrue(
                Files.isExecutable(CHROMIUM), "skipped: no Chromium (Debian package chromium)");
        Path root = folder.resolve("media");
        Path clip = Ffmpeg.clip(folder.resolve("clip.mp4"), 8, 320, 180);
        for (String path : List.of("aes", "sample", "cenc", "cbcs")) {
            Files.createDirectories(root.resolve(path));
            Files.copy(clip, root.resolve(path + "/a.mp4"));
        }
        KeyFile keys = KeyFile.open(Files.writeString(folder.resolve("keys.json"), KEYS));
        var meters = new SimpleMeterRegistry();
        var policy =
                new Encryption.Policy(
                        Map.of(), SchemeChoice.CLEAR, true, Duration.ofMinutes(1), 100);
        try (var loops = EventLoops.start(1);
                var routes =
                        new DeliveryRoutes(
                                        DeliveryOptions.DEFAULT,
                                        ThumbnailOptions.DEFAULT,
                                        new Encryption(policy, keys, meters),
                                        null,
                                        InstantSource.system(),
                                        meters)
                                .serveFolder("/", new LocalFolder(root), true)) {
            var router = new HttpRouter();
            routes.addTo(router);
            try (HttpServer server =
                            new HttpServer(
                                            HttpServerOptions.of("test", "127.0.0.1", 0),
                                            router,
                                            loops)
                                    .start();
                    var playwright =
                            Playwright.create(
                                    new Playwright.CreateOptions()
                                            .setEnv(
                                                    Map.of(
                                                            "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD",
                                                            "1")));
                    Browser browser = playwright.chromium().launch(options())) {
                String base = "http://127.0.0.1:" + server.localPort();
                plays(browser, base, "hls", HLS, "/hls/aes/a.mp4/master.m3u8");
                plays(browser, base, "hls", HLS, "/hlsf/aes/a.mp4/master.m3u8");
                plays(browser, base, "hls", HLS, "/hls/sample/a.mp4/master.m3u8");
                plays(browser, base, "shaka", SHAKA, "/dash/cenc/a.mp4/manifest.mpd");
                plays(browser, base, "shaka", SHAKA, "/dash/cbcs/a.mp4/manifest.mpd");
            }
        }
    }

    private static BrowserType.LaunchOptions options() {
        return new BrowserType.LaunchOptions()
                .setExecutablePath(CHROMIUM)
                .setArgs(
                        List.of(
                                "--no-sandbox",
                                "--disable-gpu",
                                "--no-first-run",
                                "--disable-background-networking",
                                "--disable-component-update",
                                "--autoplay-policy=no-user-gesture-required"));
    }

    private static void plays(
            Browser browser, String base, String library, String script, String path)
            throws Exception {
        var said = new ArrayList<String>();
        try (Page page = browser.newPage()) {
            page.onPageError(said::add);
            page.onConsoleMessage(message -> said.add(message.text()));
            // A page of the server's own origin: keys are given to secure contexts only.
            page.route(
                    base + "/player.html",
                    route ->
                            route.fulfill(
                                    new Route.FulfillOptions()
                                            .setContentType("text/html")
                                            .setBody("<video muted></video>")));
            page.navigate(base + "/player.html");
            page.addScriptTag(new Page.AddScriptTagOptions().setContent(script(library)));
            page.evaluate(script, base + path);
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(200))
                    .untilAsserted(
                            () ->
                                    assertThat(
                                                    ((Number)
                                                                    page.evaluate(
                                                                            "() => document.querySelector('video').currentTime"))
                                                            .doubleValue())
                                            .as(path + " " + said)
                                            .isGreaterThan(1));
        }
    }

    /// A player library as the platform's pages have it.
    private static String script(String library) throws Exception {
        var names = new Properties();
        try (InputStream in =
                EncryptedPlaybackIT.class.getResourceAsStream(ASSETS + "assets.properties")) {
            assertThat(in).isNotNull();
            names.load(in);
        }
        String file =
                names.values().stream()
                        .map(Object::toString)
                        .filter(name -> name.startsWith(library) && name.endsWith(".js"))
                        .findFirst()
                        .orElseThrow();
        try (InputStream in = EncryptedPlaybackIT.class.getResourceAsStream(ASSETS + file)) {
            assertThat(in).isNotNull();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
