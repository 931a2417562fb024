package io.millrace.liveingest.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.delivery.media.TrackKind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

import org.junit.jupiter.api.Test;

import java.time.Clock;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/// What a publisher must have sent before anything goes on.
class StreamAssemblerTest {
    private final List<String> told = new ArrayList<>();
    private final StreamAssembler assembler =
            new StreamAssembler(
                    "entry",
                    new StreamTimeline(new StreamClock(Clock.systemUTC())),
                    () -> 0,
                    false,
                    new StreamAssembler.Output() {
                        @Override
                        public void tracks(StreamTracks tracks, boolean discontinuity) {
                            told.add(
                                    (tracks.video() == null ? "" : "video")
                                            + (tracks.audio() == null ? "" : "audio"));
                        }

                        @Override
                        public void unit(AccessUnit unit) {
                            told.add(unit.kind() + " " + unit.decodeTimeMs());
                        }

                        @Override
                        public void clockJumped() {}

                        @Override
                        public void dropped(String why) {
                            told.add(why);
                        }
                    });

    private void video(int ms, String body) {
        ByteBuf bytes = Unpooled.wrappedBuffer(HexFormat.of().parseHex(body));
        assembler.media(TrackKind.VIDEO, ms, bytes);
        bytes.release();
    }

    private void pictures(int fromMs, int untilMs) {
        for (int ms = fromMs; ms <= untilMs; ms += 40) {
            video(ms, ms == 0 ? "17010000000000000165" : "27010000000000000141");
        }
    }

    /// Two seconds of it in memory, and a fragment's length behind, would be lost with the process.
    @Test
    void soundThatNeverComesIsWaitedForASecondAndNothingIsLost() {
        video(0, "170000000001640000ffe100");
        pictures(0, 1000);
        assertThat(told).isEmpty();
        pictures(1040, 1080);
        assertThat(told).hasSize(1 + 28).startsWith("video", "VIDEO 0", "VIDEO 40");
        assembler.close();
    }

    @Test
    void whatMetadataDeniesIsNotWaitedFor() {
        assembler.metadata(true, false);
        video(0, "170000000001640000ffe100");
        pictures(0, 0);
        assertThat(told).containsExactly("video", "VIDEO 0");
        assembler.close();
    }
}
