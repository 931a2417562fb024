package io.millrace.liveingest.live;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/// A rendition that comes while another runs has its segments' numbers and is cut where that is.
class SegmentGridTest {
    private StagedStream stream;

    @BeforeEach
    void open() throws Exception {
        stream = new StagedStream(Duration.ofSeconds(60), "1", "2");
        stream.rendition(0).keyEvery = 25;
        stream.rendition(1).keyEvery = 25;
        stream.start();
    }

    @AfterEach
    void close() throws IOException {
        stream.close();
    }

    private void second(long fromMs, long toMs) {
        stream.run(
                () -> {
                    stream.rendition(1).comeAt(fromMs);
                    stream.rendition(1).tracks(StagedStream.AVC, null);
                    stream.rendition(1).until(toMs, true, false);
                });
    }

    private List<LiveSegment> segments(String id) {
        TrackWindow window = stream.presentation.window(id);
        return window == null ? List.of() : window.view().kept();
    }

    private void sameFrom(long sequence) {
        List<LiveSegment> one = segments("v1");
        List<LiveSegment> two = segments("v2");
        assertThat(two).hasSizeGreaterThan(2);
        for (LiveSegment segment : two) {
            if (segment.sequence() >= sequence) {
                assertThat(one)
                        .filteredOn(other -> other.sequence() == segment.sequence())
                        .singleElement()
                        .extracting(LiveSegment::startMs)
                        .isEqualTo(segment.startMs());
            }
        }
    }

    @Test
    void inTheMiddleOfASegment() {
        stream.until(11_400);
        second(11_000, 11_400);
        stream.until(25_000);
        stream.run(() -> stream.rendition(1).until(25_000, true, false));
        // From 11 to 12 s, what the first's has from 10 s on.
        assertThat(segments("v2").getFirst().sequence()).isEqualTo(105);
        assertThat(segments("v2").getFirst().startMs()).isEqualTo(11_000);
        assertThat(segments("v2").getFirst().durationMs()).isEqualTo(1000);
        sameFrom(106);
        assertThat(stream.get("v2.m3u8").body()).contains("#EXT-X-MEDIA-SEQUENCE:106\n");
        assertThat(stream.get("v2-dvr.m3u8").body())
                .contains("#EXT-X-MEDIA-SEQUENCE:105\n")
                .contains("\nv2-seg-105.m4s\n");
        assertThat(stream.get("v2-seg-105.m4s").statusCode()).isEqualTo(200);
        assertThat(stream.get("v2-part-112.0-100.m4s").statusCode()).isEqualTo(200);
    }

    @Test
    void beforeTheOtherKnowsThatItsSegmentIsOver() {
        stream.until(11_900);
        second(12_000, 12_400);
        stream.until(25_000);
        stream.run(() -> stream.rendition(1).until(25_000, true, false));
        assertThat(segments("v2").getFirst().sequence()).isEqualTo(106);
        sameFrom(106);
    }

    @Test
    void behindTheOther() {
        stream.until(15_000);
        second(10_000, 15_000);
        stream.run(() -> stream.rendition(1).until(21_000, true, false));
        stream.until(21_000);
        assertThat(segments("v2").getFirst().sequence()).isEqualTo(105);
        sameFrom(105);
    }

    @Test
    void afterADiscontinuity() {
        stream.until(11_000);
        stream.run(() -> stream.rendition(0).packager.interrupted());
        stream.run(() -> stream.rendition(0).tracks(StagedStream.AVC, StagedStream.AAC));
        stream.until(15_400);
        second(15_000, 15_400);
        stream.until(31_000);
        stream.run(() -> stream.rendition(1).until(31_000, true, false));
        for (String end : List.of(".m3u8", "-dvr.m3u8")) {
            assertThat(stream.get("v2" + end).body())
                    .contains("#EXT-X-DISCONTINUITY-SEQUENCE:1\n")
                    .doesNotContain("#EXT-X-DISCONTINUITY\n");
        }
        assertThat(stream.get("v1.m3u8").body()).contains("#EXT-X-DISCONTINUITY-SEQUENCE:1\n");
        sameFrom(109);
    }
}
