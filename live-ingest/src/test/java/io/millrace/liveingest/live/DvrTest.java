package io.millrace.liveingest.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.delivery.media.TrackKind;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Going back in a stream that is recorded: six segments are listed at the edge, twelve are in
/// memory, and a minute is the window.
class DvrTest {
    private static final Duration BACK = Duration.ofSeconds(60);

    private StagedStream stream;

    @BeforeEach
    void open() throws Exception {
        stream = new StagedStream(BACK, "1", "2");
        stream.start();
    }

    @AfterEach
    void close() throws IOException {
        stream.close();
    }

    /// As fast as the recorder writes, which waits for no more than eight seconds of media.
    private void until(long fromMs, long toMs) {
        for (long ms = fromMs; ; ms = Math.min(toMs, ms + 2000)) {
            stream.until(ms);
            long whole = StagedStream.FIRST + ms / 2000 - 2;
            DvrWindow dvr = Objects.requireNonNull(stream.dvr);
            await().until(
                            () ->
                                    whole < StagedStream.FIRST
                                            || dvr.track(TrackKind.VIDEO).place(whole) != null);
            if (ms == toMs) {
                return;
            }
        }
    }

    private static List<String> lines(String playlist, String tag) {
        return playlist.lines().filter(line -> line.startsWith(tag)).toList();
    }

    @Test
    void whatLeftMemoryIsReadFromTheRecording() throws Exception {
        until(0, 5000);
        Map<String, byte[]> atTheEdge = new HashMap<>();
        for (String name :
                List.of("v1-seg-100.m4s", "v1-seg-101.m4s", "a1-seg-101.m4s", "v1-init-100.mp4")) {
            atTheEdge.put(name, stream.bytes(name));
        }
        until(6000, 41_000);
        assertThat(stream.presentation.windows().getFirst().view().segment(107)).isNull();
        String edge = stream.get("v1.m3u8").body();
        assertThat(lines(edge, "#EXTINF")).hasSize(6);
        String back = stream.get("v1-dvr.m3u8").body();
        assertThat(back).contains("#EXT-X-MEDIA-SEQUENCE:100\n").doesNotContain("GAP");
        assertThat(lines(back, "#EXTINF")).hasSize(20);
        assertThat(lines(back, "#EXT-X-PROGRAM-DATE-TIME")).hasSize(21);
        assertThat(lines(back, "#EXT-X-MAP")).containsExactly("#EXT-X-MAP:URI=\"v1-init-100.mp4\"");
        // Parts, hints and the end are the same.
        assertThat(lines(back, "#EXT-X-PART:")).isEqualTo(lines(edge, "#EXT-X-PART:"));
        assertThat(back).contains("#EXT-X-RENDITION-REPORT:URI=\"a1-dvr.m3u8\",LAST-MSN=120");
        for (Map.Entry<String, byte[]> each : atTheEdge.entrySet()) {
            assertThat(stream.bytes(each.getKey())).as(each.getKey()).isEqualTo(each.getValue());
        }
        HttpResponse<byte[]> range =
                stream.client.send(
                        HttpRequest.newBuilder(stream.uri("v1-seg-101.m4s"))
                                .header("Range", "bytes=1000-4999")
                                .build(),
                        HttpResponse.BodyHandlers.ofByteArray());
        assertThat(range.statusCode()).isEqualTo(206);
        byte[] whole = Objects.requireNonNull(atTheEdge.get("v1-seg-101.m4s"));
        assertThat(range.body()).isEqualTo(java.util.Arrays.copyOfRange(whole, 1000, 5000));
        assertThat(stream.get("v1-seg-99.m4s").statusCode()).isEqualTo(404);
        // All of it plays: nothing is listed that is not there.
        var joined = new ByteArrayOutputStream();
        for (String name : lines(back, "v1-seg-")) {
            joined.write(stream.bytes(name));
        }
        assertThat(joined.size()).isGreaterThan(20 * 50 * 500);
    }

    @Test
    void theWindowSlides() {
        until(0, 81_000);
        String back = stream.get("a1-dvr.m3u8").body();
        int listed = lines(back, "#EXTINF").size();
        assertThat(listed).isBetween(30, 31);
        assertThat(back).contains("#EXT-X-MEDIA-SEQUENCE:" + (140 - listed) + "\n");
        // Who is at its begin can still get what has just left it.
        assertThat(stream.get("a1-seg-105.m4s").statusCode()).isEqualTo(200);
        until(83_000, 131_000);
        assertThat(stream.get("a1-seg-100.m4s").statusCode()).isEqualTo(404);
        assertThat(stream.get("v1-seg-130.m4s").statusCode()).isEqualTo(200);
    }

    @Test
    void reloadsAreDeltas() throws Exception {
        until(0, 41_000);
        String delta = stream.get("v1-dvr.m3u8?_HLS_msn=120&_HLS_part=0&_HLS_skip=YES").body();
        assertThat(delta)
                .contains("#EXT-X-MEDIA-SEQUENCE:100\n#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-SKIP:");
        int skipped =
                Integer.parseInt(
                        lines(delta, "#EXT-X-SKIP").getFirst().replaceAll(".*SEGMENTS=", ""));
        assertThat(skipped + lines(delta, "#EXTINF").size()).isEqualTo(20);
        assertThat(lines(delta, "#EXTINF").size()).isLessThan(14);
        var held = stream.ask("v1-dvr.m3u8?_HLS_msn=121&_HLS_part=0&_HLS_skip=YES");
        await().until(() -> stream.handler.held() > 0);
        until(43_000, 43_000);
        assertThat(held.get().body()).contains("v1-part-121.0-100.m4s");
    }

    @Test
    void allRenditionsHaveAPast() {
        stream.run(() -> stream.rendition(1).tracks(StagedStream.AVC, null));
        until(0, 9000);
        stream.run(() -> stream.rendition(1).until(7000, true, false));
        assertThat(stream.get("master.m3u8").body()).contains("\nv1.m3u8").contains("\nv2.m3u8");
        String master = stream.get("master-dvr.m3u8").body();
        assertThat(master)
                .contains("URI=\"a1-dvr.m3u8\"")
                .contains("\nv1-dvr.m3u8\n")
                .contains("\nv2-dvr.m3u8\n")
                .doesNotContain("EXT-X-START");
        assertThat(stream.get("master-dvr.m3u8?from=start").body())
                .contains("#EXT-X-START:TIME-OFFSET=0,PRECISE=YES\n")
                .contains("\nv1-dvr.m3u8\n");
        assertThat(stream.get("v1-dvr.m3u8").statusCode()).isEqualTo(200);
        assertThat(stream.get("v2.m3u8").statusCode()).isEqualTo(200);
        assertThat(stream.get("v2-dvr.m3u8").statusCode()).isEqualTo(200);
    }

    @Test
    void theEndedStreamIsOneOfThePast() throws Exception {
        until(0, 41_000);
        stream.run(() -> stream.rendition(1).packager.ended());
        stream.run(() -> stream.rendition(0).packager.ended());
        await().until(() -> stream.get("v1-dvr.m3u8").body().contains("#EXT-X-ENDLIST"));
        String past = stream.get("v1-dvr.m3u8").body();
        assertThat(past).contains("#EXT-X-PLAYLIST-TYPE:VOD\n").doesNotContain("EXT-X-PART:");
        assertThat(lines(past, "#EXTINF")).hasSize(21);
        for (String name : lines(past, "v1-seg-")) {
            assertThat(stream.bytes(name)).isNotEmpty();
        }
    }

    @Test
    void dashGoesBackAsFar() throws Exception {
        until(0, 5000);
        byte[] early = stream.bytes("v1-seg-101.m4s");
        until(6000, 41_000);
        String edge = stream.get("manifest.mpd").body();
        String back = stream.get("manifest-dvr.mpd").body();
        assertThat(edge).contains("timeShiftBufferDepth=\"PT12.000S\"");
        assertThat(back).contains("timeShiftBufferDepth=\"PT60.000S\"").contains("<S t=\"0\" d=");
        assertThat(stream.bytes("v1-time-180000-100.m4s")).isEqualTo(early);
        assertThat(stream.get("v1-time-90000-100.m4s").statusCode()).isEqualTo(404);
    }

    @Test
    void discontinuitiesStayCounted() {
        until(0, 20_000);
        stream.run(() -> stream.rendition(0).packager.interrupted());
        stream.run(() -> stream.rendition(0).tracks(StagedStream.AVC, StagedStream.AAC));
        until(22_000, 60_000);
        String back = stream.get("v1-dvr.m3u8").body();
        assertThat(lines(back, "#EXT-X-DISCONTINUITY")).containsExactly("#EXT-X-DISCONTINUITY");
        assertThat(stream.get("v1.m3u8").body()).contains("#EXT-X-DISCONTINUITY-SEQUENCE:1\n");
        until(62_000, 100_000);
        assertThat(stream.get("v1-dvr.m3u8").body())
                .contains("#EXT-X-DISCONTINUITY-SEQUENCE:1\n")
                .doesNotContain("#EXT-X-DISCONTINUITY\n");
    }
}
