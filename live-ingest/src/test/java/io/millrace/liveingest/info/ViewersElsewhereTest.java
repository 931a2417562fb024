package io.millrace.liveingest.info;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

class ViewersElsewhereTest {
    private final AtomicLong now = new AtomicLong();
    private final ViewersElsewhere viewers =
            new ViewersElsewhere(Set.of("cam", "hall")::contains, now::get);

    private ViewersElsewhere.Kept tell(String node, Map<String, Map<String, Integer>> streams) {
        return viewers.keep(new NodeViewers(node, streams));
    }

    @Test
    void whatANodeTellsReplacesWhatItToldBeforeAndOthersStay() {
        tell("edge-1", Map.of("cam", Map.of("hls", 5, "rtmp", 1), "hall", Map.of("dash", 7)));
        tell("edge-2", Map.of("cam", Map.of("hls", 2)));
        tell("edge-1", Map.of("cam", Map.of("hls", 4)));
        assertThat(viewers.byNode("cam"))
                .isEqualTo(Map.of("edge-1", Map.of("hls", 4), "edge-2", Map.of("hls", 2)));
        assertThat(viewers.byNode("hall")).isEqualTo(Map.of("edge-1", Map.of("dash", 7)));
        assertThat(viewers.total()).isEqualTo(13);
    }

    @Test
    void theyAreGoneWhenTheirNodeSaysSoOrSaysNothing() {
        tell("edge-1", Map.of("cam", Map.of("hls", 5)));
        tell("edge-2", Map.of("cam", Map.of("hls", 3)));
        tell("edge-1", Map.of("cam", Map.of()));
        assertThat(viewers.byNode("cam")).isEqualTo(Map.of("edge-2", Map.of("hls", 3)));
        now.addAndGet(TimeUnit.SECONDS.toNanos(15));
        tell("edge-1", Map.of("cam", Map.of("hls", 1)));
        assertThat(viewers.byNode("cam")).hasSize(2);
        now.addAndGet(TimeUnit.SECONDS.toNanos(6));
        assertThat(viewers.byNode("cam")).isEqualTo(Map.of("edge-1", Map.of("hls", 1)));
        assertThat(viewers.total()).isEqualTo(1);
        now.addAndGet(TimeUnit.SECONDS.toNanos(30));
        assertThat(viewers.byNode("cam")).isEmpty();
        assertThat(viewers.total()).isZero();
    }

    @Test
    void streamsOfOtherNodesAreNamedAndNotKept() {
        var kept = tell("edge-1", Map.of("cam", Map.of("hls", 5), "away", Map.of("hls", 9)));
        assertThat(kept.unknown()).containsExactly("away");
        assertThat(viewers.byNode("away")).isEmpty();
        assertThat(viewers.total()).isEqualTo(5);
    }

    @Test
    void aStreamHasNodesWithoutEndNever() {
        for (int i = 0; i < ViewersElsewhere.MAX_NODES; i++) {
            assertThat(tell("edge-" + i, Map.of("cam", Map.of("hls", 1))).full()).isEmpty();
        }
        assertThat(tell("one-more", Map.of("cam", Map.of("hls", 1))).full()).containsExactly("cam");
        assertThat(tell("edge-7", Map.of("cam", Map.of("hls", 2))).full()).isEmpty();
        assertThat(viewers.byNode("cam")).hasSize(ViewersElsewhere.MAX_NODES);
        assertThat(viewers.total()).isEqualTo(ViewersElsewhere.MAX_NODES + 1);
        now.addAndGet(TimeUnit.SECONDS.toNanos(30));
        assertThat(tell("one-more", Map.of("cam", Map.of("hls", 1))).full()).isEmpty();
    }
}
