package io.millrace.delivery.exact;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Reads transport stream segments one after the other, as a demuxer that trusts nothing: sync
/// bytes, continuity over segments, tables first, time stamps that go forward, a clock that is
/// behind them.
final class TsInspector {
    private static final long NONE = Long.MIN_VALUE;

    /// One PES packet.
    ///
    /// @param keyFrame random_access_indicator
    record Pes(int segment, long pts, long dts, boolean keyFrame) {}

    final Map<Integer, List<Pes>> byPid = new LinkedHashMap<>();
    private final int[] continuity = new int[0x2000];
    private long lastPcr = NONE;
    private int segments;

    TsInspector() {
        java.util.Arrays.fill(continuity, -1);
    }

    void segment(byte[] ts) {
        assertThat(ts.length % 188).isZero();
        boolean first = true;
        for (int at = 0; at < ts.length; at += 188) {
            assertThat(ts[at]).as("sync byte at %d", at).isEqualTo((byte) 0x47);
            int pid = (ts[at + 1] & 0x1F) << 8 | ts[at + 2] & 0xFF;
            boolean unitStart = (ts[at + 1] & 0x40) != 0;
            boolean field = (ts[at + 3] & 0x20) != 0;
            boolean payload = (ts[at + 3] & 0x10) != 0;
            int counter = ts[at + 3] & 0xF;
            if (at == 0) {
                assertThat(pid).as("first packet").isZero();
            } else if (at == 188) {
                assertThat(pid).as("second packet").isEqualTo(0xFFF);
            }
            if (continuity[pid] >= 0 && payload) {
                assertThat(counter)
                        .as("continuity of PID %x at %d of segment %d", pid, at, segments)
                        .isEqualTo(continuity[pid] + 1 & 0xF);
            }
            continuity[pid] = counter;
            int body = at + 4;
            boolean random = false;
            long pcr = NONE;
            if (field) {
                int length = ts[body] & 0xFF;
                assertThat(length).isLessThanOrEqualTo(183);
                if (length > 0) {
                    int flags = ts[body + 1];
                    random = (flags & 0x40) != 0;
                    if ((flags & 0x10) != 0) {
                        pcr =
                                (ts[body + 2] & 0xFFL) << 25
                                        | (ts[body + 3] & 0xFFL) << 17
                                        | (ts[body + 4] & 0xFFL) << 9
                                        | (ts[body + 5] & 0xFFL) << 1
                                        | (ts[body + 6] & 0xFFL) >> 7;
                    }
                }
                body += 1 + length;
            }
            if (pcr != NONE) {
                assertThat(pcr).as("PCR goes forward").isGreaterThanOrEqualTo(lastPcr);
                lastPcr = pcr;
            }
            if (unitStart && pid >= 0x100 && pid != 0xFFF) {
                pes(ts, body, pid, random);
                if (first && pid == 0x100) {
                    assertThat(random).as("segment %d starts on a key frame", segments).isTrue();
                    first = false;
                }
            }
        }
        segments++;
    }

    private void pes(byte[] ts, int at, int pid, boolean random) {
        assertThat(ts[at] << 16 | ts[at + 1] << 8 | ts[at + 2]).as("PES start code").isEqualTo(1);
        boolean hasDts = (ts[at + 7] & 0x40) != 0;
        long pts = time(ts, at + 9);
        long dts = hasDts ? time(ts, at + 14) : pts;
        List<Pes> list = byPid.computeIfAbsent(pid, _ -> new ArrayList<>());
        assertThat(pts).as("PTS is not before DTS").isGreaterThanOrEqualTo(dts);
        if (!list.isEmpty()) {
            assertThat(dts).as("DTS of PID %x", pid).isGreaterThan(list.getLast().dts);
        }
        if (lastPcr != NONE) {
            assertThat(lastPcr).as("PCR is before DTS").isLessThanOrEqualTo(dts);
        }
        list.add(new Pes(segments, pts, dts, random));
    }

    private static long time(byte[] ts, int at) {
        return (ts[at] & 0xEL) << 29
                | (ts[at + 1] & 0xFFL) << 22
                | (ts[at + 2] & 0xFEL) << 14
                | (ts[at + 3] & 0xFFL) << 7
                | (ts[at + 4] & 0xFEL) >> 1;
    }
}
