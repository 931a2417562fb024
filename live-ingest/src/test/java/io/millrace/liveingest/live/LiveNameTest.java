package io.millrace.liveingest.live;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LiveNameTest {
    @Test
    void playlists() {
        assertThat(LiveName.parse("v1.m3u8")).isEqualTo(new LiveName.MediaPlaylist("v1", false));
        assertThat(LiveName.parse("a1080p-dvr.m3u8"))
                .isEqualTo(new LiveName.MediaPlaylist("a1080p", true));
        assertThat(LiveName.parse("v" + "x".repeat(16) + ".m3u8"))
                .isEqualTo(new LiveName.MediaPlaylist("v" + "x".repeat(16), false));
        assertThat(LiveName.parse("master-dvr.m3u8")).isEqualTo(new LiveName.Master(true));
        assertThat(LiveName.parse("ts1.m3u8")).isEqualTo(new LiveName.TsPlaylist("1"));
    }

    @Test
    void media() {
        assertThat(LiveName.parse("v1-init-7.mp4"))
                .isEqualTo(new LiveName.Init("v1", "v1-init-7.mp4"));
        assertThat(LiveName.parse("a1-seg-12.m4s")).isEqualTo(new LiveName.Segment("a1", 12));
        assertThat(LiveName.parse("v1-part-12.3-7.m4s"))
                .isEqualTo(new LiveName.Part("v1", 12, 3, "v1-init-7.mp4"));
        assertThat(LiveName.parse("v1-time-90000-7.m4s"))
                .isEqualTo(new LiveName.TimedSegment("v1", 90_000, "v1-init-7.mp4"));
        assertThat(LiveName.parse("ts1-seg-4.ts")).isEqualTo(new LiveName.TsSegment("1", 4));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".m3u8",
                "-dvr.m3u8",
                "v.m3u8",
                "v-dvr.m3u8",
                "v1-dvr-dvr.m3u8",
                "b1.m3u8",
                "v1é.m3u8",
                "v1/.m3u8",
                "v12345678901234567.m3u8",
                "v1.m3u8x",
                "v1-seg-.m4s",
                "v1-seg-1234567890123.m4s",
                "v1-part-1.m4s",
                "v1"
            })
    void nothing(String name) {
        assertThat(LiveName.parse(name)).isNull();
    }
}
