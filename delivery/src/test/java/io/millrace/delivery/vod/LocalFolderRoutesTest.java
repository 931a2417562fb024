package io.millrace.delivery.vod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.delivery.testing.Ffmpeg;
import io.millrace.storage.blob.LocalFolder;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// A folder of somebody's files behind a real listener.
class LocalFolderRoutesTest {
    private static final int SECONDS = 5;

    @TempDir static Path temporary;

    private static Path root;
    private static ServedRoutes served;

    @BeforeAll
    static void serve() throws Exception {
        root = Files.createDirectories(temporary.resolve("media"));
        Path clip = temporary.resolve("clip.mp4");
        Ffmpeg.makeClip(clip, 320, 180, SECONDS);
        copy(clip, "a.mp4");
        copy(clip, "Große Töne & Filme/Teil 1, (neu).mp4");
        copy(clip, ".private/a.mp4");
        Files.writeString(root.resolve("passwords.txt"), "secret");
        Files.writeString(root.resolve("text.mp4"), "this is no film");
        Files.createSymbolicLink(root.resolve("out.mp4"), clip);
        served = new ServedRoutes(DeliveryOptions.DEFAULT);
        served.routes().serveFolder("/", new LocalFolder(root), true);
        served.start();
    }

    private static void copy(Path clip, String name) throws IOException {
        Path target = root.resolve(name);
        Files.createDirectories(target.getParent());
        Files.copy(clip, target);
    }

    @AfterAll
    static void stop() {
        served.close();
    }

    private static String url(String path) {
        return served.url(path);
    }

    private static HttpResponse<String> get(String path) throws Exception {
        return served.get(path);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/hls/a.mp4/master.m3u8",
                "/hlsf/Gro%C3%9Fe%20T%C3%B6ne%20&%20Filme/Teil%201,%20(neu).mp4/master.m3u8",
                "/dash/,a.mp4,.urlset/manifest.mpd",
                "/file/a.mp4"
            })
    void playsInFfmpeg(String path) throws Exception {
        Ffmpeg.Output played = Ffmpeg.decode(url(path));
        assertThat(played.exitCode()).as(played.text()).isZero();
        assertThat(played.frames()).isEqualTo(SECONDS * 25);
    }

    /// A file that was written a moment ago may be growing; one of a folder may be replaced.
    @ParameterizedTest
    @CsvSource({
        "0, index.m3u8, no-cache",
        "0, seg-1.ts, no-cache",
        "0, init.mp4, no-cache",
        "3600, index.m3u8, 'public, max-age=60'",
        "3600, seg-1.ts, 'public, max-age=3600'",
        "3600, seg-1.m4s, 'public, max-age=3600'"
    })
    void clientsAskAgainAsSoonAsBytesMayHaveChanged(long age, String name, String expected)
            throws Exception {
        Path file = root.resolve("age" + age + ".mp4");
        Files.copy(root.resolve("a.mp4"), file, StandardCopyOption.REPLACE_EXISTING);
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(age)));
        HttpResponse<String> reply = get("/hls/" + file.getFileName() + "/" + name);
        assertThat(reply.statusCode()).isEqualTo(200);
        assertThat(reply.headers().firstValue("Cache-Control")).contains(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "/hls/none.mp4/master.m3u8, 404",
        "/hls/.private/a.mp4/master.m3u8, 404",
        "/hls/out.mp4/master.m3u8, 404",
        "/hls/text.mp4/master.m3u8, 422",
        "/hls/a.mp4/x/master.m3u8, 404",
        "/file/passwords.txt, 404",
        "/file/.private/a.mp4, 404",
        "/file/out.mp4, 404",
        "/file/a.mp4/, 404",
        "/file//a.mp4, 404",
        "/file/%2e%2e/clip.mp4, 400",
        "/file/%252e%252e/clip.mp4, 400",
        "/vod/hls/a.mp4/master.m3u8, 404",
        "/elsewhere, 404"
    })
    void servesNothingElse(String path, int status) throws Exception {
        HttpResponse<String> reply = get(path);
        assertThat(reply.statusCode()).as(reply.body()).isEqualTo(status);
        assertThat(reply.body()).doesNotContain(root.toString());
    }

    @Test
    void listsWhatPlays() throws Exception {
        HttpResponse<String> reply = get("/");
        assertThat(reply.statusCode()).isEqualTo(200);
        assertThat(reply.body())
                .contains("/hls/a.mp4/master.m3u8", "Große Töne &amp; Filme/Teil 1, (neu).mp4")
                .doesNotContain("private", "passwords", "out.mp4");
        String link = reply.body().split("href=\"/dash/Gro")[1].split("\"")[0];
        assertThat(get("/dash/Gro" + link).statusCode()).isEqualTo(200);
    }

    @Test
    void seesAFileThatIsReplacedInPlace() throws Exception {
        copy(root.resolve("a.mp4"), "changing.mp4");
        assertThat(get("/hls/changing.mp4/master.m3u8").body()).contains("320x180");
        Path other = temporary.resolve("other.mp4");
        Ffmpeg.makeClip(other, 160, 90, 2);
        Files.write(root.resolve("changing.mp4"), Files.readAllBytes(other));
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(
                        () ->
                                assertThat(get("/hls/changing.mp4/master.m3u8").body())
                                        .contains("160x90"));
        Files.delete(root.resolve("changing.mp4"));
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(
                        () ->
                                assertThat(get("/hls/changing.mp4/master.m3u8").statusCode())
                                        .isEqualTo(404));
    }

    @Test
    void writesNothing() throws Exception {
        Map<Path, Long> before = files();
        get("/hls/a.mp4/master.m3u8");
        get("/hls/a.mp4/seg-1-v1-a1.ts");
        get("/");
        assertThat(files()).isEqualTo(before);
    }

    private static Map<Path, Long> files() throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            List<Path> paths = all.filter(p -> !p.endsWith("changing.mp4")).toList();
            var sizes = new java.util.HashMap<Path, Long>();
            for (Path path : paths) {
                sizes.put(path, Files.isRegularFile(path) ? Files.size(path) : 0L);
            }
            return sizes;
        }
    }
}
