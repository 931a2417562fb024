package io.millrace.liveingest.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.delivery.testing.MpdSchema;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The MPD of a live stream and its segments, also the one that is being made.
class LiveDashTest {
    private static final String SCHEMA = "/mpd-live-written.xsd";

    private StagedStream stream;

    @BeforeEach
    void open() throws Exception {
        stream = new StagedStream("1");
        stream.start();
    }

    @AfterEach
    void close() throws Exception {
        stream.close();
    }

    private String mpd() throws Exception {
        String mpd = stream.get("manifest.mpd").body();
        MpdSchema.check(mpd, SCHEMA);
        return mpd;
    }

    private static List<String> all(String text, String pattern) {
        return Pattern.compile(pattern).matcher(text).results().map(MatchResult::group).toList();
    }

    private static String representation(String mpd, String id) {
        int start = mpd.lastIndexOf("<Representation id=\"" + id);
        return mpd.substring(start, mpd.indexOf("</Representation>", start));
    }

    private static List<String> boxes(byte[] bytes) {
        List<String> boxes = new ArrayList<>();
        ByteBuffer in = ByteBuffer.wrap(bytes);
        while (in.remaining() >= 8) {
            int size = in.getInt(in.position());
            boxes.add(new String(bytes, in.position() + 4, 4, StandardCharsets.US_ASCII));
            in.position(in.position() + size);
        }
        assertThat(in.hasRemaining()).isFalse();
        return boxes;
    }

    @Test
    void theMpdForetellsWhatIsBeingMade() throws Exception {
        stream.until(5000);
        String mpd = mpd();
        assertThat(mpd)
                .contains("availabilityStartTime=\"2026-01-01T00:00:00Z\"")
                .contains("minimumUpdatePeriod=\"PT2.000S\"")
                .contains("<Period id=\"p100\" start=\"PT0.000S\">")
                .contains("availabilityTimeOffset=\"1.666\" availabilityTimeComplete=\"false\"")
                .contains("/live/time\"/>");
        // Two are whole, one is being made, one will be.
        assertThat(representation(mpd, "v1")).contains("<S t=\"0\" d=\"180000\" r=\"3\"/>");
        assertThat(all(representation(mpd, "a1"), "<S [^>]*>")).hasSizeGreaterThan(1);
        HttpResponse<String> time =
                stream.client.send(
                        HttpRequest.newBuilder(stream.uri("").resolve("../time")).build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(Instant.parse(time.body().strip())).isBefore(Instant.now().plusSeconds(1));
        assertThat(stream.get("manifest.mpd").headers().firstValue("Content-Type"))
                .hasValue("application/dash+xml");
    }

    @Test
    void aSegmentIsTheSameWhetherItGrewOrWasWhole() throws Exception {
        stream.until(5000);
        HttpResponse<InputStream> growing =
                stream.client.send(
                        HttpRequest.newBuilder(stream.uri("v1-time-360000-100.m4s")).build(),
                        HttpResponse.BodyHandlers.ofInputStream());
        assertThat(growing.statusCode()).isEqualTo(200);
        try (InputStream body = growing.body()) {
            // What there is comes at once: three chunks of a time stamp, moof and mdat.
            byte[] first = body.readNBytes(sizeOfChunks(3));
            assertThat(boxes(first)).hasSize(9).startsWith("prft", "moof", "mdat");
            var next = stream.ask("v1-time-540000-100.m4s");
            stream.until(6000);
            byte[] rest = body.readAllBytes();
            assertThat(boxes(rest)).hasSize(4 * 3);
            assertThat(next).isNotDone();
            byte[] whole = stream.bytes("v1-time-360000-100.m4s");
            assertThat(whole).startsWith(first).endsWith(rest).hasSize(first.length + rest.length);
            stream.until(8000);
            await().until(next::isDone);
            assertThat(next.get().statusCode()).isEqualTo(200);
        }
        assertThat(stream.get("v1-time-181000-100.m4s").statusCode()).isEqualTo(200);
        assertThat(stream.get("v1-time-90000-100.m4s").statusCode()).isEqualTo(404);
        assertThat(stream.get("v1-time-99900000-100.m4s").statusCode()).isEqualTo(404);
        assertThat(stream.get("x1-time-0-100.m4s").statusCode()).isEqualTo(404);
    }

    /// Where the segments of a track's timeline start.
    private static List<Long> starts(String representation) {
        List<Long> starts = new ArrayList<>();
        long at = 0;
        Matcher runs =
                Pattern.compile("<S (?:t=\"(\\d+)\" )?d=\"(\\d+)\"(?: r=\"(\\d+)\")?/>")
                        .matcher(representation);
        while (runs.find()) {
            at = runs.group(1) == null ? at : Long.parseLong(runs.group(1));
            int count = runs.group(3) == null ? 1 : 1 + Integer.parseInt(runs.group(3));
            for (int i = 0; i < count; i++) {
                starts.add(at);
                at += Long.parseLong(runs.group(2));
            }
        }
        return starts;
    }

    @Test
    void whatIsForetoldOfTheSoundComesTrueToTheFrame() throws Exception {
        for (int ms = 4200; ms < 9000; ms += 600) {
            stream.until(ms);
            List<Long> foretold = starts(representation(mpd(), "a1"));
            stream.until(ms + 4000); // when all of it is there
            assertThat(starts(representation(mpd(), "a1"))).containsAll(foretold);
        }
    }

    @Test
    void afterABreakNothingIsForetoldUntilTheEncoderHasShownItsHabits() throws Exception {
        stream.until(5000);
        stream.takeOver();
        stream.until(5500);
        String mpd = mpd();
        assertThat(mpd).contains("minimumUpdatePeriod=\"PT0.500S\"");
        assertThat(starts(representation(mpd, "v1"))).containsExactly(453600L);
        // What comes now would be decoded with the wrong init segment: nothing is in its place.
        assertThat(boxes(stream.bytes("v1-time-453600-100.m4s"))).containsExactly("free");
        assertThat(boxes(stream.bytes("v1-time-540000-100.m4s"))).containsExactly("free");
        assertThat(stream.get("v1-time-990000-100.m4s").statusCode()).isEqualTo(404);
        stream.until(12_500);
        assertThat(mpd()).contains("minimumUpdatePeriod=\"PT2.000S\"");
        assertThat(stream.get("v1-time-453600-103.m4s").statusCode()).isEqualTo(200);
    }

    @Test
    void aPeriodIsToldOfWhenAllItsTracksHaveBegun() throws Exception {
        stream.until(5000);
        stream.takeOver();
        stream.run(() -> stream.rendition(0).until(5600, true, false));
        assertThat(all(mpd(), "<Period [^>]*>")).hasSize(1);
        stream.until(5700);
        String mpd = mpd();
        assertThat(all(mpd, "<Period [^>]*>")).hasSize(2);
        String second = mpd.substring(mpd.lastIndexOf("<Period "));
        assertThat(second)
                .contains("<Representation id=\"v1\"")
                .contains("<Representation id=\"a1\"");
    }

    @Test
    void theDepthOfAYoungStreamIsThatOfItsWindow() throws Exception {
        stream.until(5000);
        assertThat(mpd()).contains("timeShiftBufferDepth=\"PT12.000S\"");
        stream.until(40_000);
        assertThat(mpd()).contains("timeShiftBufferDepth=\"PT12.000S\"");
    }

    private int sizeOfChunks(int count) {
        int size = 0;
        for (LiveFragment fragment :
                stream.presentation.windows().getFirst().view().open().subList(0, count)) {
            size += 32 + fragment.bytes().length;
        }
        return size;
    }

    @Test
    void whatDoesNotFollowIsAPeriodOfItsOwn() throws Exception {
        stream.until(5000);
        stream.takeOver();
        stream.until(9000);
        String mpd = mpd();
        List<String> periods = all(mpd, "<Period [^>]*>");
        assertThat(periods)
                .containsExactly(
                        "<Period id=\"p100\" start=\"PT0.000S\">",
                        "<Period id=\"p103\" start=\"PT5.040S\">");
        assertThat(mpd).contains("initialization=\"v1-init-100.mp4\"");
        assertThat(representation(mpd, "v1"))
                .contains("initialization=\"v1-init-103.mp4\"")
                .contains("presentationTimeOffset=\"453600\"");
        stream.until(40_000);
        String later = mpd();
        assertThat(all(later, "<Period [^>]*>"))
                .containsExactly("<Period id=\"p103\" start=\"PT5.040S\">");
        assertThat(later).contains("availabilityStartTime=\"2026-01-01T00:00:00Z\"");
        stream.run(() -> stream.rendition(0).packager.ended());
        assertThat(mpd())
                .contains("mediaPresentationDuration")
                .doesNotContain("minimumUpdatePeriod");
    }

    private static final String PROPERTY = "<SupplementalProperty [^>]*>";

    private static String property(String relation, String period) {
        return "<SupplementalProperty schemeIdUri=\"urn:mpeg:dash:period-"
                + relation
                + ":2015\" value=\""
                + period
                + "\"/>";
    }

    @Test
    void aPublisherThatComesBackTheSameIsConnectedToWhatWasBefore() throws Exception {
        stream.until(5000);
        stream.comeBack();
        stream.until(9000);
        String mpd = mpd();
        assertThat(all(mpd, "<Period id=\"[^\"]*")).hasSize(2);
        assertThat(all(mpd, "<AdaptationSet id=\"[^\"]*"))
                .containsExactly(
                        "<AdaptationSet id=\"1",
                        "<AdaptationSet id=\"2",
                        "<AdaptationSet id=\"1",
                        "<AdaptationSet id=\"2");
        // The pictures go on without a hole; the sound's new times are whole milliseconds.
        assertThat(all(mpd, PROPERTY))
                .containsExactly(property("continuity", "p100"), property("connectivity", "p100"));
        assertThat(all(mpd, "initialization=\"v1-[^\"]*"))
                .containsExactly(
                        "initialization=\"v1-init-100.mp4", "initialization=\"v1-init-100.mp4");
        // Nothing refers to a period that has left.
        stream.until(40_000);
        assertThat(all(mpd(), PROPERTY)).isEmpty();
    }

    @Test
    void whatAnotherInitSegmentDecodesIsNotConnected() throws Exception {
        stream.until(5000);
        stream.takeOver();
        stream.until(9000);
        assertThat(all(mpd(), "<Period id=\"[^\"]*")).hasSize(2);
        // The sound is as it was.
        assertThat(all(mpd(), PROPERTY)).containsExactly(property("connectivity", "p100"));
    }

    @Test
    void aPublisherThatWasAwayForAWhileIsOnlyConnected() throws Exception {
        stream.until(5000);
        stream.pause(7000);
        stream.comeBack();
        stream.until(9000);
        String mpd = mpd();
        assertThat(all(mpd, "<Period [^>]*>"))
                .containsExactly(
                        "<Period id=\"p100\" start=\"PT0.000S\">",
                        "<Period id=\"p103\" start=\"PT12.040S\">");
        assertThat(all(mpd, PROPERTY))
                .containsExactly(
                        property("connectivity", "p100"), property("connectivity", "p100"));
    }

    @Test
    void whoWaitsForASegmentThatNeverComesIsLetGo() throws Exception {
        stream.until(5990);
        var next = stream.ask("v1-time-540000-100.m4s");
        await().until(() -> stream.handler.held() == 1);
        stream.run(() -> stream.rendition(0).packager.ended());
        assertThat(next.get(60, TimeUnit.SECONDS).statusCode()).isEqualTo(404);
    }
}
