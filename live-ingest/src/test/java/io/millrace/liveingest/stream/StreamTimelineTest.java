package io.millrace.liveingest.stream;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Clock;

class StreamTimelineTest {
    private static final int VIDEO = 0;
    private static final int AUDIO = 1;

    private final StreamTimeline line = new StreamTimeline(new StreamClock(Clock.systemUTC()));

    /// With the composition time of a stream without B-frames.
    private final Placer timeline = new Placer();

    private final class Placer {
        long place(int track, long raw, long wallMs) {
            return line.place(track, raw, 0, wallMs);
        }

        boolean jumped() {
            return line.jumped();
        }

        long endMs() {
            return line.endMs();
        }

        void startPublisher() {
            line.startPublisher();
        }
    }

    @Test
    void startsAtZeroWhateverTheEncoderSays() {
        assertThat(timeline.place(VIDEO, 5_000_000, 0)).isZero();
        assertThat(timeline.place(AUDIO, 5_000_010, 0)).isEqualTo(10);
        assertThat(timeline.place(VIDEO, 5_000_040, 40)).isEqualTo(40);
    }

    @Test
    void wrapsOf32BitsGoOn() {
        long raw = 0xFFFF_FFFFL - 100;
        long wall = 0;
        long expected = 0;
        for (int i = 0; i < 20; i++) {
            assertThat(timeline.place(VIDEO, raw & 0xFFFF_FFFFL, wall)).isEqualTo(expected);
            assertThat(timeline.jumped()).isFalse();
            raw += 33;
            wall += 33;
            expected += 33;
        }
    }

    @Test
    void aSmallStepBackIsClamped() {
        timeline.place(AUDIO, 1000, 0);
        timeline.place(AUDIO, 1023, 23);
        assertThat(timeline.place(AUDIO, 1010, 30)).isEqualTo(24);
        assertThat(timeline.jumped()).isFalse();
        assertThat(timeline.place(AUDIO, 1046, 46)).isEqualTo(46);
    }

    @Test
    void aJumpIsJoinedForAllTracks() {
        timeline.place(VIDEO, 0, 0);
        timeline.place(AUDIO, 10, 10);
        timeline.place(VIDEO, 40, 40);
        long video = timeline.place(VIDEO, 600_000, 80);
        assertThat(timeline.jumped()).isTrue();
        assertThat(video).isBetween(41L, 200L);
        // The audio jumped by the same amount and keeps its distance.
        assertThat(timeline.place(AUDIO, 600_010, 90)).isEqualTo(video + 10);
        assertThat(timeline.jumped()).isFalse();
        long back = timeline.place(VIDEO, 100, 120);
        assertThat(timeline.jumped()).isTrue();
        assertThat(back).isGreaterThan(video);
    }

    @Test
    void anEncoderThatStalledAndSaysSoDidNotJump() {
        timeline.place(VIDEO, 0, 0);
        assertThat(timeline.place(VIDEO, 5000, 5100)).isEqualTo(5000);
        assertThat(timeline.jumped()).isFalse();
    }

    @Test
    void theNextPublisherGoesOnWhereTheLastStopped() {
        timeline.place(VIDEO, 0, 0);
        timeline.place(VIDEO, 40, 40);
        long end = timeline.endMs();
        assertThat(end).isEqualTo(80);
        timeline.startPublisher();
        assertThat(timeline.place(VIDEO, 77_777, 60_000)).isEqualTo(end);
        assertThat(timeline.jumped()).isFalse();
    }

    @Test
    void picturesOfTheNextPublisherAreShownAfterThoseOfTheLast() {
        line.place(VIDEO, 0, 80, 0);
        line.place(VIDEO, 40, 160, 40); // shown at 200, until 240
        line.startPublisher();
        long decode = line.place(VIDEO, 0, 80, 5000);
        assertThat(decode).isEqualTo(160);
        assertThat(decode + 80).isEqualTo(240);
    }

    @Test
    void aDayStaysExact() {
        long raw = 0xFFF0_0000L;
        for (long ms = 0; ms < 86_400_000L; ms += 40) {
            long placed = timeline.place(VIDEO, raw + ms & 0xFFFF_FFFFL, ms);
            if (placed != ms) {
                assertThat(placed).isEqualTo(ms);
            }
        }
    }
}
