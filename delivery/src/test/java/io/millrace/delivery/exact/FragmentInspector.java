package io.millrace.delivery.exact;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/// Reads fMP4 segments one after the other with code of its own: every sample lies inside its
/// `mdat`, decode times of a track continue without gap or overlap, and a segment starts on a sync
/// sample.
final class FragmentInspector {
    private final Map<Integer, Long> nextTime = new HashMap<>();

    /// Samples seen, by track.
    final Map<Integer, Integer> samples = new HashMap<>();

    private int sequence;

    /// @param holes whether decode times may jump forward (the source's do)
    void segment(byte[] bytes, boolean holes) {
        Mp4Edit file = Mp4Edit.of(bytes);
        assertThat(file.children().getFirst().type).isEqualTo("styp");
        int at = 0;
        for (int i = 0; i < file.children().size(); i++) {
            Mp4Edit box = file.children().get(i);
            if (box.type.equals("moof")) {
                Mp4Edit mdat = file.children().get(i + 1);
                assertThat(mdat.type).isEqualTo("mdat");
                fragment(box, mdat, holes);
            }
            at += box.size();
        }
        assertThat(at).isEqualTo(bytes.length);
    }

    private void fragment(Mp4Edit moof, Mp4Edit mdat, boolean holes) {
        int number = ByteBuffer.wrap(moof.at("mfhd").body).getInt(4);
        assertThat(number).isGreaterThan(sequence);
        sequence = number;
        long dataStart = moof.size() + 8L;
        long payload = 0;
        for (Mp4Edit traf : moof.children()) {
            if (traf.type.equals("traf")) {
                payload += track(traf, dataStart, dataStart + mdat.body.length, holes);
            }
        }
        assertThat(payload).as("mdat is filled by samples alone").isEqualTo(mdat.body.length);
    }

    private long track(Mp4Edit traf, long dataStart, long dataEnd, boolean holes) {
        ByteBuffer tfhd = ByteBuffer.wrap(traf.at("tfhd").body);
        int flags = tfhd.getInt() & 0xFFFFFF;
        assertThat(flags & 0x020001).as("default-base-is-moof alone").isEqualTo(0x020000);
        int id = tfhd.getInt();
        int duration = (flags & 8) != 0 ? tfhd.getInt() : 0;
        int size = (flags & 0x10) != 0 ? tfhd.getInt() : 0;
        int sampleFlags = (flags & 0x20) != 0 ? tfhd.getInt() : 0;
        ByteBuffer tfdt = ByteBuffer.wrap(traf.at("tfdt").body);
        assertThat(tfdt.getInt()).isEqualTo(1 << 24);
        long time = tfdt.getLong();
        Long expected = nextTime.get(id);
        if (expected != null && !holes) {
            assertThat(time).as("tfdt of track %d", id).isEqualTo(expected);
        } else if (expected != null) {
            assertThat(time).isGreaterThanOrEqualTo(expected);
        }
        boolean first = true;
        long payload = 0;
        int count = 0;
        for (Mp4Edit trun : traf.children()) {
            if (!trun.type.equals("trun")) {
                continue;
            }
            ByteBuffer in = ByteBuffer.wrap(trun.body);
            int runFlags = in.getInt();
            int n = in.getInt();
            assertThat(runFlags & 1).isEqualTo(1);
            long at = in.getInt();
            int firstFlags = (runFlags & 4) != 0 ? in.getInt() : sampleFlags;
            for (int i = 0; i < n; i++) {
                int d = (runFlags & 0x100) != 0 ? in.getInt() : duration;
                int s = (runFlags & 0x200) != 0 ? in.getInt() : size;
                int f = (runFlags & 0x400) != 0 ? in.getInt() : i == 0 ? firstFlags : sampleFlags;
                if ((runFlags & 0x800) != 0) {
                    in.getInt();
                }
                if (first) {
                    assertThat(f & 0x10000).as("track %d starts on a sync sample", id).isZero();
                    first = false;
                }
                assertThat(at).isBetween(dataStart, dataEnd - s);
                at += s;
                payload += s;
                time += d;
                count++;
            }
            assertThat(in.hasRemaining()).isFalse();
        }
        nextTime.put(id, time);
        samples.merge(id, count, Integer::sum);
        return payload;
    }
}
