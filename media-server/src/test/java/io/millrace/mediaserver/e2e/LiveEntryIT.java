package io.millrace.mediaserver.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;

import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
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
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A live entry that is on the air, as its owner sees it: what players may do with it, how it is
/// doing by the API and in the console.
class LiveEntryIT {
    private static final Pattern PARTNER = Pattern.compile("Partner +(\\d+)");
    private static final Pattern ADMIN_SECRET = Pattern.compile("Admin secret +(\\w+)");

    private static final String SECRET = "cluster.secret=0123456789abcdef0123456789abcdef";

    @TempDir Path folder;

    private static ConditionFactory await() {
        return Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(250));
    }

    @Test
    void itsOwnerSeesHowItIsDoing() throws Exception {
        Path clip = Ffmpeg.clip(folder.resolve("clip.mp4"), 10, 320, 180);
        Path silent = folder.resolve("silent.mp4");
        Ffmpeg.run(60, "-i", clip.toString(), "-an", "-c", "copy", silent.toString());
        int portBase = MillraceProcess.freePortBase();
        try (var millrace =
                        MillraceProcess.serve(
                                folder,
                                portBase,
                                "--set",
                                SECRET,
                                "--set",
                                "cluster.node-url=http://127.0.0.1:" + portBase);
                var edge =
                        MillraceProcess.serve(
                                folder.resolve("edge"),
                                MillraceProcess.freePortBase(),
                                "--roles",
                                "delivery",
                                "--set",
                                SECRET,
                                "--set",
                                "node.name=edge-1",
                                "--set",
                                "cluster.api=" + millrace.base())) {
            await().until(() -> millrace.output().contains("Ctrl-C"));
            int partnerId = Integer.parseInt(printed(millrace, PARTNER));
            Api admin = Api.admin(millrace.base(), partnerId, printed(millrace, ADMIN_SECRET));
            JsonNode entry =
                    admin.call(
                            "liveStream.add",
                            Map.of(
                                    "liveStreamEntry",
                                    Map.of(
                                            "objectType",
                                            "KalturaLiveStreamEntry",
                                            "name",
                                            "On stage",
                                            "dvrStatus",
                                            1,
                                            "dvrWindow",
                                            30)));
            String id = entry.path("id").asString();
            try (var console = new Console(millrace.base(), partnerId, admin.ks())) {
                console.showsThatThereIsNothing();
                Process publisher =
                        Ffmpeg.publish(silent, url(entry), folder.resolve("publisher.log"));
                try {
                    String hls = playersGoBack(millrace.base(), partnerId, id);
                    String elsewhere = hls.replace(millrace.base(), edge.base());
                    itsReportTells(admin, id, hls, elsewhere);
                    console.showsTheStream(hls, elsewhere);
                    aPartOfItBecomesAnEntry(admin, millrace.base(), partnerId, id);
                } finally {
                    publisher.destroyForcibly().waitFor(60, TimeUnit.SECONDS);
                }
            }
        }
    }

    private static String url(JsonNode entry) {
        String[] url = entry.path("primaryBroadcastingUrl").asString().split("\\?", 2);
        return url[0] + "/" + entry.path("id").asString() + "_1?" + url[1];
    }

    private static String printed(MillraceProcess millrace, Pattern pattern) throws Exception {
        Matcher matcher = pattern.matcher(millrace.output());
        assertThat(matcher.find()).as(millrace.output()).isTrue();
        return matcher.group(1);
    }

    /// As the entry says.
    private static String playersGoBack(String base, int partnerId, String id) {
        String manifest = base + "/p/" + partnerId + "/playManifest/entryId/" + id + "/format/";
        await().until(() -> MillraceProcess.status(manifest + "applehttp") == 302);
        String hls = location(manifest + "applehttp");
        assertThat(hls).endsWith("/" + id + "/master-dvr.m3u8");
        assertThat(MillraceProcess.body(hls)).contains("\nv1-dvr.m3u8\n");
        assertThat(location(manifest + "mpegdash")).endsWith("/" + id + "/manifest-dvr.mpd");
        return hls;
    }

    private static String location(String url) {
        return MillraceProcess.get(url)
                .flatMap(reply -> reply.headers().firstValue("Location").stream())
                .findFirst()
                .orElse("");
    }

    /// Who watches on either node counts there, and none twice.
    private static void itsReportTells(Api admin, String id, String hls, String elsewhere) {
        await().untilAsserted(
                        () -> {
                            assertThat(MillraceProcess.status(hls)).isEqualTo(200);
                            assertThat(MillraceProcess.status(elsewhere)).isEqualTo(200);
                            JsonNode report =
                                    admin.call("liveStreamReport.get", Map.of("entryId", id));
                            JsonNode rendition = report.path("renditions").path(0);
                            assertThat(rendition.path("videoCodec").asString(""))
                                    .as(report.toString())
                                    .startsWith("avc1.");
                            assertThat(rendition.path("width").asInt()).isEqualTo(320);
                            assertThat(rendition.path("frameRate").asDouble()).isGreaterThan(10);
                            assertThat(report.path("viewers").path("hls").asInt()).isEqualTo(2);
                            assertThat(report.path("viewersByNode").valueStream())
                                    .hasSize(2)
                                    .allMatch(
                                            share -> share.path("viewers").path("hls").asInt() == 1)
                                    .anyMatch(
                                            share ->
                                                    share.path("node").asString().equals("edge-1"));
                            assertThat(rendition.path("warnings").path(0).path("code").asString(""))
                                    .isEqualTo("NO_AUDIO");
                        });
    }

    /// While the stream runs.
    private static void aPartOfItBecomesAnEntry(
            Api admin, String base, int partnerId, String liveId) throws Exception {
        JsonNode clip = clip(admin, liveId, 2000, 3000);
        await().untilAsserted(
                        () ->
                                assertThat(status(admin, clip).path("status").asInt(-9))
                                        .as(status(admin, clip).toString())
                                        .isEqualTo(2));
        assertThat(admin.call("liveStream.isLive", Map.of("id", liveId)).asBoolean()).isTrue();
        JsonNode ready = status(admin, clip);
        assertThat(ready.path("rootEntryId").asString()).isEqualTo(liveId);
        assertThat(ready.path("sourceType").asInt()).isEqualTo(35);
        String hls =
                base
                        + "/p/"
                        + partnerId
                        + "/playManifest/entryId/"
                        + ready.path("id").asString()
                        + "/format/applehttp";
        Ffmpeg.decode(hls);
        // From the key frame before it, a segment earlier at most.
        assertThat(Ffmpeg.facts(hls).durationSeconds()).isBetween(2.8, 5.2);

        JsonNode late = clip(admin, liveId, 7_200_000, 1000);
        await().untilAsserted(
                        () ->
                                assertThat(status(admin, late).path("errorCode").asString(""))
                                        .as(status(admin, late).toString())
                                        .isEqualTo("CLIP_BEYOND_END"));
        assertThat(status(admin, late).path("errorDescription").asString())
                .contains("begins at 7200.0 s", "recorded so far");
    }

    private static JsonNode status(Api admin, JsonNode entry) throws Exception {
        return admin.call("media.get", Map.of("entryId", entry.path("id").asString()));
    }

    /// As programs written for Kaltura do it.
    private static JsonNode clip(Api admin, String liveId, int offsetMs, int durationMs)
            throws Exception {
        JsonNode entry =
                admin.call(
                        "media.add",
                        Map.of(
                                "entry",
                                Map.of(
                                        "objectType",
                                        "KalturaMediaEntry",
                                        "name",
                                        "The best of it",
                                        "mediaType",
                                        1)));
        JsonNode taken =
                admin.call(
                        "media.addContent",
                        Map.of(
                                "entryId",
                                entry.path("id").asString(),
                                "resource",
                                Map.of(
                                        "objectType",
                                        "KalturaOperationResource",
                                        "resource",
                                        Map.of(
                                                "objectType",
                                                "KalturaEntryResource",
                                                "entryId",
                                                liveId),
                                        "operationAttributes",
                                        List.of(
                                                Map.of(
                                                        "objectType",
                                                        "KalturaClipAttributes",
                                                        "offset",
                                                        offsetMs,
                                                        "duration",
                                                        durationMs)))));
        assertThat(taken.path("id").asString("")).as(taken.toString()).isNotEmpty();
        return entry;
    }

    /// The console's page in a browser, where there is one.
    private static final class Console implements AutoCloseable {
        private final @Nullable Playwright playwright;
        private final @Nullable Page page;
        private final List<String> errors = new ArrayList<>();

        Console(String base, int partnerId, String ks) {
            if (!Files.isExecutable(BrowserIT.CHROMIUM)) {
                playwright = null;
                page = null;
                return;
            }
            Playwright started =
                    Playwright.create(
                            new Playwright.CreateOptions()
                                    .setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
            playwright = started;
            Page opened = started.chromium().launch(BrowserIT.options()).newPage();
            opened.onPageError(errors::add);
            String session =
                    JsonMapper.shared()
                            .writeValueAsString(Map.of("ks", ks, "partnerId", partnerId));
            opened.addInitScript("sessionStorage.setItem('millrace.session', '" + session + "')");
            opened.navigate(base + "/console/#/live");
            page = opened;
        }

        void showsThatThereIsNothing() {
            if (page != null) {
                assertThat(page.waitForSelector("main .empty").innerText())
                        .contains("Nothing is on the air");
            }
        }

        /// Nobody loads it again.
        void showsTheStream(String... watched) {
            if (page == null) {
                return;
            }
            page.waitForSelector("article.stream [data-warning=NO_AUDIO]");
            assertThat(page.innerText("article.stream h2")).isEqualTo("On stage");
            assertThat(page.innerText("article.stream table")).contains("320×180", "avc1.");
            // The page asks now and then; viewers go on watching.
            await().pollInSameThread()
                    .untilAsserted(
                            () -> {
                                for (String url : watched) {
                                    assertThat(MillraceProcess.status(url)).isEqualTo(200);
                                }
                                assertThat(page.innerText("article.stream dl"))
                                        .contains("Viewers", "2 (2 HLS)", "edge-1: 1 (1 HLS)");
                            });
            assertThat(page.getAttribute("article.stream a[target]", "href"))
                    .contains("/embedPlaykitJs/");
            assertThat(page.querySelector("main .empty")).isNull();
            assertThat(errors).isEmpty();
        }

        @Override
        public void close() {
            if (playwright != null) {
                playwright.close();
            }
        }
    }
}
