package io.millrace.liveingest.stream;

import static org.assertj.core.api.Assertions.assertThat;

import static java.util.Objects.requireNonNull;

import io.millrace.delivery.codec.ColorInfo;
import io.millrace.delivery.codec.HdrLight;
import io.millrace.delivery.media.TrackKind;
import io.millrace.liveingest.flv.FlvBodyWriter;
import io.millrace.liveingest.flv.FlvCodec;
import io.millrace.liveingest.flv.VideoColorInfo;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.time.Clock;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/// What a publisher must have sent before anything goes on.
class StreamAssemblerTest {
    private final List<String> told = new ArrayList<>();
    private @Nullable StreamTracks announced;
    private final StreamAssembler assembler =
            new StreamAssembler(
                    "entry",
                    new StreamTimeline(new StreamClock(Clock.systemUTC())),
                    () -> 0,
                    false,
                    new StreamAssembler.Output() {
                        @Override
                        public void tracks(StreamTracks tracks, boolean discontinuity) {
                            announced = tracks;
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

    private static @Nullable VideoColorInfo colorOf(@Nullable StreamTracks tracks) {
        return requireNonNull(requireNonNull(tracks).video()).color();
    }

    private void colors(int ms, VideoColorInfo said) {
        ByteBuf body = Unpooled.buffer();
        FlvBodyWriter.colors(FlvCodec.AVC, said, body);
        assembler.media(TrackKind.VIDEO, ms, body);
        body.release();
    }

    /// Nothing is lost of what is decoded as before, and what changes nothing is no change.
    @Test
    void colorsCountFromTheNextKeyFrame() {
        var bright = new VideoColorInfo(new ColorInfo(9, 18, 9, false), 10, HdrLight.NONE);
        assembler.metadata(true, false);
        video(0, "170000000001640000ffe100");
        pictures(0, 40);
        colors(40, bright);
        colors(40, bright);
        pictures(80, 120);
        assertThat(told).containsExactly("video", "VIDEO 0", "VIDEO 40", "VIDEO 80", "VIDEO 120");
        assertThat(colorOf(announced)).isNull();
        told.clear();
        video(160, "17010000000000000165");
        assertThat(told).containsExactly("video", "VIDEO 160");
        assertThat(colorOf(announced)).isEqualTo(bright);
        StreamTracks before = requireNonNull(announced);
        told.clear();
        colors(160, bright);
        video(160, "170000000001640000ffe100");
        video(200, "17010000000000000165");
        assertThat(told).containsExactly("VIDEO 200");
        colors(200, VideoColorInfo.UNSPECIFIED);
        video(240, "17010000000000000165");
        assertThat(colorOf(announced)).isNull();
        // Who has seen it bright is told that it is not any more.
        StreamTracks now = requireNonNull(announced);
        StreamTracks after = now.resettingColors(before);
        assertThat(colorOf(after)).isEqualTo(VideoColorInfo.UNSPECIFIED);
        assertThat(now.resettingColors(now)).isSameAs(now);
        assembler.close();
    }

    /// What the bit stream says itself need not be said twice.
    @Test
    void colorsOfTheBitStreamAreNoNews() {
        String config =
                "01f4000dffe1001d67f4000d90d96405067e37016a0c0c0c80000003008000001e478a1524010006"
                        + "68ebcc448440";
        assembler.metadata(true, false);
        colors(0, new VideoColorInfo(new ColorInfo(6, 6, 6, false), 8, HdrLight.NONE));
        video(0, "1700000000" + config);
        pictures(0, 0);
        assertThat(colorOf(announced)).isNull();
        colors(0, new VideoColorInfo(new ColorInfo(9, 16, 9, false), 8, HdrLight.NONE));
        video(40, "17010000000000000165");
        assertThat(colorOf(announced)).isNotNull();
        assembler.close();
    }

    @Test
    void colorsThatCannotBeReadAreDroppedAlone() {
        assembler.metadata(true, false);
        video(0, "170000000001640000ffe100");
        video(0, "d46176633102ffff");
        video(0, "d461766331020009636f6c6f72496e666f0300");
        pictures(0, 0);
        assertThat(told).containsExactly("malformed", "malformed", "video", "VIDEO 0");
        assembler.close();
    }
}
