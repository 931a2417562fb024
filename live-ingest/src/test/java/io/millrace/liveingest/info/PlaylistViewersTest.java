package io.millrace.liveingest.info;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

class PlaylistViewersTest {
    @Test
    void whoAskedLatelyCountsOnceAndOnlyForHisStream() {
        var now = new AtomicLong();
        var viewers = new PlaylistViewers(now::get);
        viewers.saw("cam", "hls", "192.0.2.1", "hls.js");
        viewers.saw("cam", "hls", "192.0.2.1", "hls.js");
        viewers.saw("cam", "hls", "192.0.2.1", "Safari");
        viewers.saw("cam", "dash", "192.0.2.2", "");
        viewers.saw("hall", "hls", "192.0.2.3", "hls.js");
        assertThat(viewers.byStream())
                .isEqualTo(Map.of("cam", Map.of("hls", 2, "dash", 1), "hall", Map.of("hls", 1)));
        now.addAndGet(TimeUnit.SECONDS.toNanos(10));
        viewers.saw("cam", "hls", "192.0.2.1", "Safari");
        now.addAndGet(TimeUnit.SECONDS.toNanos(6));
        assertThat(viewers.byStream()).isEqualTo(Map.of("cam", Map.of("hls", 1)));
    }
}
