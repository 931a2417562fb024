package io.millrace.liveingest.webcam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.liveingest.LiveIngestOptions;
import io.millrace.liveingest.LiveServer;
import io.millrace.liveingest.demux.CollectedFrames;
import io.millrace.liveingest.record.RecordingFinished;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// What Chromium recorded, sent as its page would send it, and what became of it.
class WebcamIT {
    private static final String ENTRY = "0_webcam01";
    private static final String SESSION = "0123456789abcdef0123456789abcdef";

    @TempDir Path folder;
    private LiveServer server;

    @BeforeEach
    void start() throws IOException {
        server =
                new LiveServer(
                        folder.resolve("blobs"),
                        LiveIngestOptions.onPorts(0, null).withResumeWindow(Duration.ofSeconds(3)));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private PageClient page() throws Exception {
        return new PageClient(server.playUrl(ENTRY, "webcam").replace("http:", "ws:"));
    }

    /// Frames of pictures and of sound, as ffmpeg counts them.
    private static List<Long> packets(String file) throws Exception {
        List<String[]> packets = CollectedFrames.byFfmpeg(Path.of(file), "0:v", "0:a");
        return List.of(
                packets.stream().filter(packet -> packet[0].equals("0")).count(),
                packets.stream().filter(packet -> packet[0].equals("1")).count());
    }

    private Path recorded() throws IOException {
        await().atMost(Duration.ofSeconds(60)).until(() -> !server.finished.isEmpty());
        RecordingFinished recording = server.finished.getFirst();
        assertThat(recording.entryId()).isEqualTo(ENTRY);
        assertThat(recording.blobKeys()).hasSize(1);
        return server.blobs.localPath(recording.blobKeys().getFirst()).orElseThrow();
    }

    private Path file(byte[] bytes) throws IOException {
        return Files.write(folder.resolve("original"), bytes);
    }

    @ParameterizedTest
    @CsvSource({
        "h264.webm, avc1",
        "av1.webm, av01",
        "avc1.mp4, avc1",
        "vp9.webm, vp09",
        "vp9.mp4, vp09"
    })
    void aRecordingThatBreaksOffTwiceComesWhole(String name, String codec) throws Exception {
        byte[] all = CollectedFrames.recording(name);
        int first = all.length / 3;
        int second = all.length * 2 / 3;
        try (PageClient page = page()) {
            page.hello(SESSION, "secret", 0);
            assertThat(page.await("ready").path("offset").asLong()).isZero();
            page.bytes(all, 0, first);
            assertThat(page.await("live").path("live").asBoolean(false)).isTrue();
            page.awaitAck(first);
            page.cut();
        }
        try (PageClient page = page()) {
            page.hello(SESSION, "secret", first);
            long from = page.await("ready").path("offset").asLong();
            assertThat(from).isEqualTo(first);
            page.bytes(all, first, second);
            // Another connection of the same recorder: the old one is dead without knowing.
            try (PageClient again = page()) {
                again.hello(SESSION, "secret", first);
                long there = again.await("ready").path("offset").asLong();
                assertThat(there).isBetween((long) first, (long) second);
                again.bytes(all, (int) there, all.length);
                again.awaitAck(all.length);
                again.text("{'type':'end','offset':" + all.length + "}");
                assertThat(again.await("ended").path("offset").asLong()).isEqualTo(all.length);
                assertThat(again.await("closed").path("code").asInt()).isEqualTo(1000);
            }
        }
        await().until(() -> server.events.contains("ended " + ENTRY));
        assertThat(server.events)
                .containsExactly(
                        "started " + ENTRY,
                        "playable " + ENTRY,
                        "interrupted " + ENTRY,
                        "ended " + ENTRY);
        Path original = file(all);
        List<Long> sent = packets(original.toString());
        List<Long> kept = packets(recorded().toString());
        assertThat(kept.get(0)).isEqualTo(sent.get(0));
        // Sound before the first picture is not kept.
        assertThat(kept.get(1)).isBetween(sent.get(1) - 2, sent.get(1));
        assertThat(server.get(ENTRY, "master.m3u8").body()).contains(codec).contains("Opus");
    }

    /// Containers that leave the parameter sets to the key frames.
    @ParameterizedTest
    @CsvSource({
        "libx265, mp4, hev1, hvc1.1.6",
        "libx264, mp4, avc3, avc1.42c0",
        "libx265, matroska, lengths, hvc1.1.6",
        "libx265, matroska, start codes, hvc1.1.6",
        "libx264, matroska, lengths, avc1.42c0",
        "libx264, matroska, start codes, avc1.42c0",
    })
    void parameterSetsInBandAreEnough(String encoder, String format, String variant, String codec)
            throws Exception {
        byte[] all = BareContainers.make(folder, encoder, format, variant);
        try (PageClient page = page()) {
            page.hello(SESSION, "secret", 0).await("ready");
            page.bytes(all, 0, all.length);
            assertThat(page.await("live").path("live").asBoolean(false)).isTrue();
            page.text("{'type':'end','offset':" + all.length + "}").await("ended");
        }
        Path recorded = recorded();
        assertThat(packets(recorded.toString()).get(0)).isEqualTo(BareContainers.FRAMES);
        assertThat(server.get(ENTRY, "master.m3u8").body()).contains(codec, "RESOLUTION=320x180");
    }

    @ParameterizedTest
    @CsvSource({"vp8.webm, recording.webm, VP8"})
    void whatPlayersDoNotHaveIsRecordedByteForByte(String name, String file, String codec)
            throws Exception {
        byte[] all = CollectedFrames.recording(name);
        int middle = all.length / 2;
        try (PageClient page = page()) {
            page.hello(SESSION, "secret", 0).await("ready");
            page.bytes(all, 0, middle);
            assertThat(page.await("live").path("live").asBoolean(true)).isFalse();
            page.awaitAck(middle);
            page.cut();
        }
        try (PageClient page = page()) {
            page.hello(SESSION, "secret", middle);
            assertThat(page.await("ready").path("offset").asInt()).isEqualTo(middle);
            assertThat(page.await("live").path("message").asString()).contains("not live", codec);
            page.bytes(all, middle, all.length).awaitAck(all.length);
            page.text("{'type':'end','offset':" + all.length + "}").await("ended");
        }
        Path recorded = recorded();
        assertThat(recorded).hasFileName(file).hasBinaryContent(all);
        RecordingFinished finished = server.finished.getFirst();
        assertThat(finished.durationMs()).isBetween(2000L, 3000L);
        assertThat(finished.sizeBytes()).isEqualTo(all.length);
        assertThat(server.events).isEmpty();
    }

    @Test
    void aRecordingThatItsNodeDidNotEndIsHandedOverAtTheNextStart() throws Exception {
        byte[] all = CollectedFrames.recording("vp8.webm");
        try (PageClient page = page()) {
            page.hello(SESSION, "secret", 0).await("ready");
            page.bytes(all, 0, 9000).awaitAck(9000);
            // What a node that was killed leaves is what lies there now.
            try (var next = new LiveServer(folder.resolve("blobs"))) {
                await().atMost(Duration.ofSeconds(60)).until(() -> !next.finished.isEmpty());
                RecordingFinished finished = next.finished.getFirst();
                assertThat(finished.recovered()).isTrue();
                assertThat(finished.entryId()).isEqualTo(ENTRY);
                assertThat(finished.sizeBytes()).isEqualTo(9000);
            }
        }
    }

    @Test
    void aPageThatIsClosedEndsItsStreamAtOnce() throws Exception {
        byte[] all = CollectedFrames.recording("h264.webm");
        // Not when nobody came back in time.
        server.close();
        server =
                new LiveServer(
                        folder.resolve("blobs"),
                        LiveIngestOptions.onPorts(0, null)
                                .withResumeWindow(Duration.ofMinutes(10)));
        try (PageClient page = page()) {
            page.hello(SESSION, "secret", 0).await("ready");
            page.bytes(all, 0, all.length).awaitAck(all.length);
            page.leave();
        }
        await().until(() -> server.events.contains("interrupted " + ENTRY));
    }

    @Test
    void aPageThatMissedTheLastAnswerGetsItAgain() throws Exception {
        byte[] all = CollectedFrames.recording("h264.webm");
        try (PageClient page = page()) {
            page.hello(SESSION, "secret", 0).await("ready");
            page.bytes(all, 0, all.length);
            page.text("{'type':'end','offset':" + all.length + "}").await("ended");
        }
        try (PageClient page = page()) {
            page.hello(SESSION, "secret", 1000);
            assertThat(page.await("ended").path("offset").asInt()).isEqualTo(all.length);
        }
    }

    @Test
    void aPageThatDoesNotComeBackEndsItsStream() throws Exception {
        byte[] all = CollectedFrames.recording("h264.webm");
        try (PageClient page = page()) {
            page.hello(SESSION, "secret", 0).await("ready");
            page.bytes(all, 0, all.length).awaitAck(all.length);
            page.cut();
        }
        await().atMost(Duration.ofSeconds(60))
                .until(() -> server.events.contains("ended " + ENTRY));
        try (PageClient page = page()) {
            page.hello(SESSION, "secret", all.length);
            assertThat(page.await("restart").path("message").asString()).isNotEmpty();
        }
        recorded();
    }

    @Test
    void aPublisherThatTakesOverSendsThePageAway() throws Exception {
        byte[] all = CollectedFrames.recording("h264.webm");
        try (PageClient page = page();
                PageClient other = page()) {
            page.hello(SESSION, "secret", 0).await("ready");
            page.bytes(all, 0, 9000).await("live");
            other.hello("f".repeat(32), "secret", 0).await("ready");
            other.bytes(all, 0, 9000).await("live");
            assertThat(page.await("refused").path("reason").asString()).isEqualTo("taken-over");
        }
    }

    @Test
    void refusesAndSaysWhy() throws Exception {
        try (PageClient page = page()) {
            page.hello(SESSION, "wrong", 0);
            var refused = page.await("refused");
            assertThat(refused.path("reason").asString()).isEqualTo("unauthorized");
            assertThat(refused.path("retry").asBoolean(true)).isFalse();
            assertThat(page.await("closed").path("code").asInt()).isEqualTo(1008);
        }
        try (PageClient page = page()) {
            page.hello(SESSION, "secret", 0).await("ready");
            page.bytes("GET / HTTP/1.1".getBytes(StandardCharsets.US_ASCII), 0, 14);
            assertThat(page.await("refused").path("reason").asString()).isEqualTo("format");
        }
        for (String nonsense :
                List.of(
                        "nothing",
                        "{'type':'hello'}",
                        "{'type':'hello','session':'../../etc','offset':0}",
                        "{'type':'end','offset':-4}")) {
            try (PageClient page = page()) {
                page.text(nonsense);
                assertThat(page.await("closed").path("code").asInt()).isEqualTo(1002);
            }
        }
        try (PageClient page = page()) {
            page.bytes(new byte[10], 0, 10);
            assertThat(page.await("closed").path("code").asInt()).isEqualTo(1002);
        }
        assertThat(server.get(ENTRY, "webcam").statusCode()).isEqualTo(426);
    }

    @Test
    void aServerThatGoesDownSaysSo() throws Exception {
        byte[] all = CollectedFrames.recording("h264.webm");
        try (PageClient page = page()) {
            page.hello(SESSION, "secret", 0).await("ready");
            page.bytes(all, 0, 9000).await("live");
            server.live.drain(Duration.ofSeconds(5));
            var refused = page.await("refused");
            assertThat(refused.path("reason").asString()).isEqualTo("stopping");
            assertThat(refused.path("retry").asBoolean(false)).isTrue();
        }
    }
}
