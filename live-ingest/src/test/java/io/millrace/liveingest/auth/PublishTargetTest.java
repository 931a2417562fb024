package io.millrace.liveingest.auth;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PublishTargetTest {
    /// How ffmpeg, OBS, GStreamer, phones and hardware encoders spell the same thing.
    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "rtmp://h/kLive, kLive, 0_abcdefgh_1?p=101&e=0_abcdefgh&i=0&t=KEY",
                "rtmp://h/kLive?p=101&e=0_abcdefgh&i=0&t=KEY, kLive?p=101&e=0_abcdefgh&i=0&t=KEY, 0_abcdefgh_1",
                "rtmp://h/kLive, kLive/, /0_abcdefgh_1?p=101&t=KEY",
                "rtmp://h/kLive/?p=101&t=KEY, kLive, 0_abcdefgh",
                "rtmp://h/kLive?p=101&t=KEY, kLive?p=101&t=KEY, mp4:0_abcdefgh_2",
                "rtmp://h/kLive, kLive/0_abcdefgh_1?p=101&t=KEY, ''",
                "rtmp://h/kLive, kLive, ?p=101&e=0_abcdefgh&t=KEY",
                "rtmp://h/kLive, kLive, 0_abcdefgh_1?p=101&key=KEY",
                "rtmp://h/kLive/_definst_, kLive/_definst_, 0_abcdefgh_1?p=101&key=KEY",
                "rtmp://h/kLive/_definst_/, kLive/_definst_/, /flv:0_abcdefgh_1?p=101&key=KEY",
                "rtmp://h/kLive, kLive, _definst_/0_abcdefgh_1?p=101&key=KEY",
                "rtmp://h/kLive, kLive, 0%5Fabcdefgh%5F1?p=101&key=KEY",
                "rtmp://h:1935/kLive?p=101&t=KEY, '', 0_abcdefgh_1",
                "rtmp://h/kLive, kLive/_definst_?p=101&e=0_abcdefgh&t=KEY, ''",
            })
    void readsEverySpelling(String tcUrl, String app, String name) {
        PublishTarget target = PublishTarget.read(tcUrl, app, name, "192.0.2.1");
        assertThat(target).isInstanceOf(PublishTarget.Named.class);
        PublishRequest request = ((PublishTarget.Named) target).request();
        assertThat(request.entryId()).isEqualTo("0_abcdefgh");
        assertThat(request.partnerId()).isEqualTo("101");
        assertThat(request.token()).isEqualTo("KEY");
        assertThat(request.app()).isEqualTo("kLive");
        assertThat(request.toString()).doesNotContain("KEY");
    }

    @Test
    void namesThatAreNoKalturaIdsAreStreamsOfTheirOwn() {
        var target = PublishTarget.read("rtmp://h/live", "live", "camera-1?key=a%20b", "::1");
        assertThat(((PublishTarget.Named) target).request().entryId()).isEqualTo("camera-1");
        assertThat(((PublishTarget.Named) target).request().token()).isEqualTo("a b");
    }

    @ParameterizedTest
    @CsvSource({
        "..",
        "a/../b",
        "../../etc/passwd",
        "a\\b",
        "a%2F..%2Fb",
        "%2e%2e",
        "mp4:",
        "'', ''",
        "name with blank",
        ".hidden",
        "0_other123_1?e=0_abcdefgh",
        "x?e=..",
        "0_abcdefgh_x?e=0_abcdefgh"
    })
    void refusesNamesThatCouldBePathsOrAnothersStream(String name) {
        assertThat(PublishTarget.read("rtmp://h/live", "live", name, "::1"))
                .isInstanceOf(PublishTarget.Unusable.class);
    }
}
