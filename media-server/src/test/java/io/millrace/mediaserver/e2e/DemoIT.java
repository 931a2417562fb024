package io.millrace.mediaserver.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// `millrace demo CLIP --result FILE`: everything that it prints works.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DemoIT {
    private static final int CLIP_SECONDS = 13;
    private static final int CLIP_FRAMES = CLIP_SECONDS * 25;

    @TempDir static Path folder;

    private MillraceProcess millrace;
    private JsonNode result;
    private Path clip;
    private Api admin;

    @BeforeAll
    void demo() throws Exception {
        clip = Ffmpeg.clip(folder.resolve("clip.mp4"), CLIP_SECONDS, 854, 480);
        Path resultFile = folder.resolve("r.json");
        millrace =
                MillraceProcess.start(
                        folder,
                        MillraceProcess.freePortBase(),
                        "demo",
                        clip.toString(),
                        "--result",
                        resultFile.toString());
        Awaitility.await()
                .atMost(Duration.ofMinutes(3))
                .until(
                        () -> {
                            assertThat(millrace.process().isAlive()).as(millrace.output()).isTrue();
                            return Files.exists(resultFile);
                        });
        result = JsonMapper.shared().readTree(Files.readString(resultFile));
        admin =
                Api.admin(
                        millrace.base(),
                        result.path("partnerId").asInt(),
                        result.path("adminSecret").asString());
    }

    @AfterAll
    void stopsCleanly() throws Exception {
        if (millrace != null) {
            try {
                millrace.stop();
            } finally {
                millrace.close();
            }
        }
    }

    private String url(String name) {
        String url = result.path(name).asString("");
        assertThat(url)
                .as(name + " of " + result)
                .startsWith(name.equals("rtmpPublish") ? "rtmp://" : "http://");
        return url;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "playManifestHls",
                "playManifestDash",
                "hls",
                "hlsFmp4",
                "dash",
                "progressive"
            })
    void decodesWithoutAnErrorAndWithEveryFrame(String form) throws Exception {
        Ffmpeg.decode(url(form));
        Ffmpeg.Facts facts = Ffmpeg.facts(url(form));
        assertThat(facts.videoFrames()).isEqualTo(CLIP_FRAMES);
        assertThat(facts.durationSeconds()).isCloseTo(CLIP_SECONDS, within(0.1));
        assertThat(facts.audioStreams()).isPositive();
    }

    @Test
    void everyRenditionHasEveryFrameAndNoneIsLargerThanTheSource() throws Exception {
        String master = MillraceProcess.body(url("hls"));
        List<String> variants =
                Arrays.stream(master.split("\n")).filter(line -> !line.startsWith("#")).toList();
        assertThat(variants).as(master).hasSizeGreaterThanOrEqualTo(2);
        for (String variant : variants) {
            Ffmpeg.Facts facts = Ffmpeg.facts(URI.create(url("hls")).resolve(variant).toString());
            assertThat(facts.videoFrames()).isEqualTo(CLIP_FRAMES);
            assertThat(facts.height()).isLessThanOrEqualTo(480);
        }
    }

    @Test
    void thumbnailPagesAndMetricsAnswer() {
        for (String name : List.of("thumbnail", "player", "console", "metrics")) {
            assertThat(follow(url(name)).statusCode()).as(name).isEqualTo(200);
        }
        assertThat(follow(url("thumbnail")).headers().firstValue("Content-Type"))
                .contains("image/jpeg");
        assertThat(MillraceProcess.body(url("metrics"))).contains("millrace_");
        assertThat(MillraceProcess.status(millrace.operations("/healthz"))).isEqualTo(200);
    }

    @Test
    void aByteRangeIsThatRange() throws Exception {
        byte[] whole = bytes(url("progressive"), null).body();
        HttpResponse<byte[]> part = bytes(url("progressive"), "bytes=1000-1999");
        assertThat(part.statusCode()).isEqualTo(206);
        assertThat(part.body()).isEqualTo(Arrays.copyOfRange(whole, 1000, 2000));
        assertThat(part.headers().firstValue("Content-Range"))
                .contains("bytes 1000-1999/" + whole.length);
        HttpResponse<byte[]> beyond = bytes(url("progressive"), "bytes=" + whole.length + "-");
        assertThat(beyond.statusCode()).isEqualTo(416);
        assertThat(beyond.headers().firstValue("Content-Range"))
                .contains("bytes */" + whole.length);
        // RFC 9110 14.2: a ranges-specifier that can't be read may be refused, and then the answer
        // says so.
        HttpResponse<byte[]> nonsense = bytes(url("progressive"), "bytes=x-y");
        assertThat(nonsense.statusCode()).isEqualTo(416);
        assertThat(new String(nonsense.body(), StandardCharsets.UTF_8)).contains("Range");
    }

    @Test
    void pathsLeadNowhereElse() throws Exception {
        String hls = url("hls");
        String below = hls.substring(0, hls.lastIndexOf('/'));
        for (String path :
                List.of(
                        "/../../../../../../etc/passwd",
                        "/%2e%2e/%2e%2e/secret",
                        "/..%2f..%2fx",
                        "/a%5c..%5cb")) {
            assertThat(rawStatus(URI.create(below).getRawPath() + path))
                    .as(path)
                    .isIn(400, 403, 404);
        }
        String forged = hls.replaceFirst("/s/([^/]{8})", "/s/AAAAAAAA");
        assertThat(MillraceProcess.status(forged)).isEqualTo(403);
    }

    @Test
    void aStreamPlaysWhileItRunsAndIsAnEntryAfterwards() throws Exception {
        Path log = folder.resolve("publisher.log");
        Process publisher = Ffmpeg.publish(clip, url("rtmpPublish"), log);
        try {
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .until(
                            () ->
                                    MillraceProcess.body(url("liveHls"))
                                            .contains("#EXT-X-STREAM-INF"));
            Ffmpeg.run(60, "-xerror", "-i", url("liveHls"), "-t", "4", "-f", "null", "-");
            JsonNode live =
                    admin.call(
                            "liveStream.isLive",
                            Map.of("id", result.path("liveEntryId").asString(), "protocol", "hls"));
            assertThat(live.asBoolean(false)).as(live.toString()).isTrue();

            // A second publisher without the key changes nothing.
            Path intruderLog = folder.resolve("intruder.log");
            Process intruder =
                    Ffmpeg.publish(
                            clip, url("rtmpPublish").replaceAll("t=[^&]+", "t=wrong"), intruderLog);
            assertThat(intruder.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(intruder.exitValue()).isNotZero();
            assertThat(publisher.isAlive()).isTrue();
        } finally {
            publisher.destroy();
            publisher.waitFor();
        }
        String liveEntryId = result.path("liveEntryId").asString();
        JsonNode recorded = awaitRecording(admin, liveEntryId);
        assertThat(recorded.path("rootEntryId").asString()).isEqualTo(liveEntryId);
        JsonNode context =
                admin.call(
                        "baseEntry.getPlaybackContext", playback(recorded.path("id").asString()));
        String hls = source(context, "applehttp");
        Ffmpeg.decode(hls);
        assertThat(Ffmpeg.facts(hls).videoFrames()).isGreaterThan(75);
    }

    static Map<String, Object> playback(String entryId) {
        return Map.of(
                "entryId",
                entryId,
                "contextDataParams",
                Map.of("objectType", "KalturaContextDataParams", "flavorTags", "all"));
    }

    static JsonNode awaitRecording(Api admin, String liveEntryId) {
        var found = new JsonNode[1];
        Awaitility.await()
                .atMost(Duration.ofMinutes(2))
                .pollInterval(Duration.ofSeconds(1))
                .until(
                        () -> {
                            JsonNode list =
                                    admin.call(
                                            "media.list",
                                            Map.of(
                                                    "filter",
                                                    Map.of("rootEntryIdEqual", liveEntryId)));
                            found[0] = list.path("objects").path(0);
                            return found[0].path("status").asInt(-99) == 2;
                        });
        return found[0];
    }

    static String source(JsonNode context, String format) {
        for (JsonNode source : context.path("sources")) {
            if (source.path("format").asString("").equals(format)) {
                return source.path("url").asString();
            }
        }
        throw new AssertionError("no source " + format + " in " + context);
    }

    @Test
    void aTextFileNamedMp4FailsWithAReasonThatPeopleCanRead() throws Exception {
        byte[] text = "This is not a film.\n".repeat(200).getBytes(StandardCharsets.US_ASCII);
        JsonNode job = awaitFailure(admin.addEntry("Not a film", text, "film.mp4"));
        assertThat(job.toString()).containsIgnoringCase("text");
    }

    @Test
    void aTruncatedFileFailsWithAReason() throws Exception {
        // moov first would leave a playable part; cut it inside moov.
        byte[] whole = Files.readAllBytes(clip);
        JsonNode job =
                awaitFailure(admin.addEntry("Half a film", Arrays.copyOf(whole, 600), "film.mp4"));
        assertThat(job.toString()).containsAnyOf("truncated", "moov", "incomplete", "cut");
    }

    /// The failed job of an entry that must end in ERROR_CONVERTING.
    private JsonNode awaitFailure(String entryId) throws IOException, InterruptedException {
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .until(
                        () ->
                                admin.call("media.get", Map.of("entryId", entryId))
                                                .path("status")
                                                .asInt(99)
                                        == -1);
        JsonNode jobs = admin.call("job.list", Map.of("filter", Map.of("entryIdEqual", entryId)));
        assertThat(jobs.path("objects").size()).as(jobs.toString()).isPositive();
        return jobs;
    }

    @Test
    void anUploadThatWasCutGoesOnWhereItStopped() throws Exception {
        byte[] whole = Files.readAllBytes(clip);
        String token =
                admin.call(
                                "uploadToken.add",
                                Map.of(
                                        "uploadToken",
                                        Map.of("fileName", "clip.mp4", "fileSize", whole.length)))
                        .path("id")
                        .asString();
        int third = whole.length / 3;
        admin.upload(token, whole, 0, third, false, false);
        cutInTheMiddle(token, whole, third, 2 * third);
        long confirmed =
                admin.call("uploadToken.get", Map.of("uploadTokenId", token))
                        .path("uploadedFileSize")
                        .asLong(-1);
        assertThat(confirmed).isEqualTo(third);
        JsonNode done = admin.upload(token, whole, third, whole.length, true, true);
        assertThat(done.path("uploadedFileSize").asLong(-1))
                .as(done.toString())
                .isEqualTo(whole.length);
        assertThat(done.path("status").asInt(-1)).isEqualTo(2);
    }

    /// Sends a multipart head and half of the promised body, then drops the connection.
    private void cutInTheMiddle(String token, byte[] bytes, int from, int to) throws IOException {
        String head =
                "--b\r\nContent-Disposition: form-data; name=\"ks\"\r\n\r\n"
                        + admin.ks()
                        + "\r\n--b\r\nContent-Disposition: form-data; name=\"uploadTokenId\"\r\n\r\n"
                        + token
                        + "\r\n--b\r\nContent-Disposition: form-data; name=\"resume\"\r\n\r\ntrue"
                        + "\r\n--b\r\nContent-Disposition: form-data; name=\"resumeAt\"\r\n\r\n"
                        + from
                        + "\r\n--b\r\nContent-Disposition: form-data; name=\"finalChunk\"\r\n\r\nfalse"
                        + "\r\n--b\r\nContent-Disposition: form-data; name=\"fileData\"; filename=\"c\"\r\n\r\n";
        byte[] headBytes = head.getBytes(StandardCharsets.US_ASCII);
        int length = headBytes.length + (to - from) + "\r\n--b--\r\n".length();
        try (var socket = new java.net.Socket("127.0.0.1", millrace.portBase())) {
            var out = socket.getOutputStream();
            out.write(
                    ("POST /api_v3/service/uploadToken/action/upload HTTP/1.1\r\nHost: localhost\r\n"
                                    + "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: "
                                    + length
                                    + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            out.write(headBytes);
            out.write(bytes, from, (to - from) / 2);
            out.flush();
        }
    }

    @Test
    void wrongSessionsServicesAndActionsSaySo() throws Exception {
        Api anonymous = Api.anonymous(millrace.base());
        assertThat(anonymous.call("media.list", Map.of("ks", "nonsense")).path("code").asString(""))
                .isEqualTo("INVALID_KS");
        assertThat(anonymous.call("media.list", Map.of()).path("code").asString(""))
                .isIn("MISSING_KS", "SERVICE_FORBIDDEN");
        assertThat(admin.call("nosuch.list", Map.of()).path("code").asString(""))
                .isEqualTo("SERVICE_DOES_NOT_EXISTS");
        assertThat(admin.call("media.nosuch", Map.of()).path("code").asString(""))
                .isEqualTo("ACTION_DOES_NOT_EXISTS");
        JsonNode wrongSecret =
                anonymous.call(
                        "session.start",
                        Map.of(
                                "secret",
                                "wrong",
                                "type",
                                2,
                                "partnerId",
                                result.path("partnerId").asInt()));
        assertThat(wrongSecret.path("code").asString("")).isEqualTo("START_SESSION_ERROR");
    }

    private int rawStatus(String path) throws IOException {
        try (var socket = new java.net.Socket("127.0.0.1", millrace.portBase())) {
            socket.setSoTimeout(60_000);
            socket.getOutputStream()
                    .write(
                            ("GET "
                                            + path
                                            + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                                    .getBytes(StandardCharsets.US_ASCII));
            String reply =
                    new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return Integer.parseInt(reply.substring(9, 12));
        }
    }

    private static HttpResponse<byte[]> bytes(
            String url, @org.jspecify.annotations.Nullable String range)
            throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(60));
        if (range != null) {
            request.header("Range", range);
        }
        return MillraceProcess.HTTP.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    private static HttpResponse<String> follow(String url) {
        HttpResponse<String> reply = MillraceProcess.get(url).findFirst().orElseThrow();
        return reply.statusCode() / 100 == 3
                ? follow(
                        URI.create(url)
                                .resolve(reply.headers().firstValue("Location").orElseThrow())
                                .toString())
                : reply;
    }
}
