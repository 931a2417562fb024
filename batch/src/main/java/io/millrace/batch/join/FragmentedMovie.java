package io.millrace.batch.join;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Where the fragments of a fragmented MP4 lie, and when their media plays: read from its `moof`
/// boxes alone (ISO/IEC 14496-12 §8.8). A file that is being written is as long as its last whole
/// fragment. Immutable.
///
/// @param headBytes what stands before the first fragment: `ftyp`, `moov`
public record FragmentedMovie(long headBytes, List<Fragment> fragments) {
    private static final int MOOV = 0x6d6f6f76;
    private static final int MOOF = 0x6d6f6f66;
    private static final int MDAT = 0x6d646174;
    private static final int TRAK = 0x7472616b;
    private static final int TKHD = 0x746b6864;
    private static final int MDIA = 0x6d646961;
    private static final int MDHD = 0x6d646864;
    private static final int HDLR = 0x68646c72;
    private static final int VIDE = 0x76696465;
    private static final int MVEX = 0x6d766578;
    private static final int TREX = 0x74726578;
    private static final int TRAF = 0x74726166;
    private static final int TFHD = 0x74666864;
    private static final int TFDT = 0x74666474;
    private static final int TRUN = 0x7472756e;

    /// Of `sample_flags`.
    private static final int NON_SYNC = 0x0001_0000;

    private static final int MAX_BOX = 8 << 20;
    private static final int MAX_FRAGMENTS = 2_000_000;

    /// A `moof` and its `mdat`.
    ///
    /// @param leading whether it has media of the track by which a clip is cut: the picture, or the
    ///   sound where there is none
    /// @param key whether that begins with a key frame
    public record Fragment(
            long offset, long length, long startMs, long endMs, boolean leading, boolean key) {}

    private record Track(long timescale, boolean video, long defaultDuration, int defaultFlags) {}

    /// @throws IOException also when it is no fragmented MP4
    public static FragmentedMovie read(FileChannel file) throws IOException {
        long size = file.size();
        long at = 0;
        Map<Integer, Track> tracks = Map.of();
        int leading = -1;
        long head = 0;
        long moofAt = -1;
        ByteBuffer moof = ByteBuffer.allocate(0);
        List<Fragment> fragments = new ArrayList<>();
        while (at + 8 <= size) {
            ByteBuffer header = bytes(file, at, (int) Math.min(16, size - at));
            long length = header.getInt() & 0xFFFF_FFFFL;
            int type = header.getInt();
            if (length == 1 && header.remaining() >= 8) {
                length = header.getLong();
            }
            if (length < 8 || length > size - at) {
                break; // torn, or still being written
            }
            if (type == MOOV && tracks.isEmpty()) {
                tracks = tracks(body(file, at, length));
                leading = leading(tracks);
                head = at + length;
            } else if (type == MOOF && leading >= 0) {
                moof = body(file, at, length);
                moofAt = at;
            } else if (type == MDAT && moofAt >= 0) {
                if (fragments.size() == MAX_FRAGMENTS) {
                    throw new IOException("more than " + MAX_FRAGMENTS + " fragments");
                }
                fragments.add(fragment(moof, moofAt, at + length - moofAt, tracks, leading));
                moofAt = -1;
            }
            at += length;
        }
        if (fragments.isEmpty()) {
            throw new IOException("there are no fragments in it");
        }
        return new FragmentedMovie(head, List.copyOf(fragments));
    }

    /// When its first picture (sound) plays, on its own clock.
    public long startMs() {
        return fragments.stream()
                .filter(Fragment::leading)
                .mapToLong(Fragment::startMs)
                .min()
                .orElse(0);
    }

    public long endMs() {
        return fragments.stream().mapToLong(Fragment::endMs).max().orElse(0);
    }

    /// Where the last fragment that begins with a key frame at or before a moment does.
    ///
    /// @param fromMs and the answer from the beginning
    public long keyMs(long fromMs) {
        long base = startMs();
        return fragments.stream()
                .filter(fragment -> fragment.leading() && fragment.key())
                .mapToLong(fragment -> fragment.startMs() - base)
                .filter(ms -> ms <= fromMs)
                .max()
                .orElse(0);
    }

    private static ByteBuffer body(FileChannel file, long at, long length) throws IOException {
        if (length > MAX_BOX) {
            throw new IOException("a box of " + length + " bytes at " + at);
        }
        return bytes(file, at, (int) length).position(8).slice();
    }

    private static ByteBuffer bytes(FileChannel file, long at, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        while (buffer.hasRemaining()) {
            if (file.read(buffer, at + buffer.position()) < 0) {
                throw new EOFException("the file ends at " + (at + buffer.position()));
            }
        }
        return buffer.flip();
    }

    private interface BoxReader {
        void box(int type, ByteBuffer body) throws IOException;
    }

    private static void children(ByteBuffer of, BoxReader reader) throws IOException {
        while (of.remaining() >= 8) {
            int length = of.getInt();
            int type = of.getInt();
            if (length < 8 || length - 8 > of.remaining()) {
                throw new IOException("a box of " + length + " bytes in " + of.remaining());
            }
            reader.box(type, of.slice(of.position(), length - 8));
            of.position(of.position() + length - 8);
        }
    }

    private static int leading(Map<Integer, Track> tracks) {
        return tracks.entrySet().stream()
                .filter(track -> track.getValue().video())
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseGet(() -> tracks.keySet().stream().findFirst().orElse(-1));
    }

    private static Map<Integer, Track> tracks(ByteBuffer moov) throws IOException {
        Map<Integer, Track> tracks = new HashMap<>();
        Map<Integer, int[]> defaults = new HashMap<>();
        children(
                moov,
                (type, body) -> {
                    if (type == TRAK) {
                        track(body, tracks);
                    } else if (type == MVEX) {
                        children(
                                body,
                                (kind, trex) -> {
                                    if (kind == TREX) {
                                        defaults.put(
                                                trex.getInt(4),
                                                new int[] {trex.getInt(12), trex.getInt(20)});
                                    }
                                });
                    }
                });
        defaults.forEach(
                (id, values) ->
                        tracks.computeIfPresent(
                                id,
                                (_, track) ->
                                        new Track(
                                                track.timescale(),
                                                track.video(),
                                                values[0] & 0xFFFF_FFFFL,
                                                values[1])));
        return tracks;
    }

    private static void track(ByteBuffer trak, Map<Integer, Track> tracks) throws IOException {
        int[] id = {-1};
        long[] timescale = {0};
        boolean[] video = {false};
        children(
                trak,
                (type, body) -> {
                    if (type == TKHD) {
                        id[0] = body.getInt(body.get(0) == 1 ? 20 : 12);
                    } else if (type == MDIA) {
                        children(
                                body,
                                (kind, inner) -> {
                                    if (kind == MDHD) {
                                        timescale[0] =
                                                inner.getInt(inner.get(0) == 1 ? 20 : 12)
                                                        & 0xFFFF_FFFFL;
                                    } else if (kind == HDLR) {
                                        video[0] = inner.getInt(8) == VIDE;
                                    }
                                });
                    }
                });
        if (id[0] < 0 || timescale[0] <= 0) {
            throw new IOException("a track without number or time scale");
        }
        tracks.put(id[0], new Track(timescale[0], video[0], 0, 0));
    }

    private static Fragment fragment(
            ByteBuffer moof, long offset, long length, Map<Integer, Track> tracks, int leading)
            throws IOException {
        List<Run> runs = new ArrayList<>();
        children(
                moof,
                (type, body) -> {
                    if (type == TRAF) {
                        runs.add(run(body, tracks));
                    }
                });
        if (runs.isEmpty()) {
            throw new IOException("a fragment of no track at " + offset);
        }
        Run run =
                runs.stream()
                        .filter(each -> each.track() == leading)
                        .findFirst()
                        .orElse(runs.getFirst());
        return new Fragment(
                offset, length, run.startMs(), run.endMs(), run.track() == leading, run.key());
    }

    private record Run(int track, long startMs, long endMs, boolean key) {}

    /// What a `traf` says of its track: the first sample's time and kind, and how long all last.
    private static Run run(ByteBuffer traf, Map<Integer, Track> tracks) throws IOException {
        int[] id = {-1};
        long[] time = {0, 0};
        long[] duration = {0};
        int[] flags = {0};
        boolean[] first = {true};
        boolean[] key = {false};
        children(
                traf,
                (type, box) -> {
                    int boxFlags = box.remaining() < 8 ? 0 : box.getInt(0) & 0xFF_FFFF;
                    if (type == TFHD) {
                        id[0] = box.getInt(4);
                        Track track = tracks.get(id[0]);
                        if (track == null) {
                            throw new IOException("a fragment of track " + id[0]);
                        }
                        int at = 8 + ((boxFlags & 1) != 0 ? 8 : 0) + ((boxFlags & 2) != 0 ? 4 : 0);
                        duration[0] = track.defaultDuration();
                        flags[0] = track.defaultFlags();
                        if ((boxFlags & 8) != 0) {
                            duration[0] = box.getInt(at) & 0xFFFF_FFFFL;
                            at += 4;
                        }
                        at += (boxFlags & 0x10) != 0 ? 4 : 0;
                        if ((boxFlags & 0x20) != 0) {
                            flags[0] = box.getInt(at);
                        }
                    } else if (type == TFDT) {
                        time[0] = box.get(0) == 1 ? box.getLong(4) : box.getInt(4) & 0xFFFF_FFFFL;
                    } else if (type == TRUN) {
                        int count = box.getInt(4);
                        int at = 8 + ((boxFlags & 1) != 0 ? 4 : 0);
                        int firstFlags = flags[0];
                        if ((boxFlags & 4) != 0) {
                            firstFlags = box.getInt(at);
                            at += 4;
                        }
                        int each = 4 * Integer.bitCount(boxFlags & 0xF00);
                        if (count < 0 || (long) count * each > box.limit() - at) {
                            throw new IOException("a run of " + count + " samples");
                        }
                        int flagsAt =
                                ((boxFlags & 0x100) != 0 ? 4 : 0)
                                        + ((boxFlags & 0x200) != 0 ? 4 : 0);
                        if ((boxFlags & 0x400) != 0 && (boxFlags & 4) == 0 && count > 0) {
                            firstFlags = box.getInt(at + flagsAt);
                        }
                        if (first[0] && count > 0) {
                            key[0] = (firstFlags & NON_SYNC) == 0;
                            first[0] = false;
                        }
                        for (int i = 0; i < count; i++) {
                            time[1] +=
                                    (boxFlags & 0x100) != 0
                                            ? box.getInt(at + i * each) & 0xFFFF_FFFFL
                                            : duration[0];
                        }
                    }
                });
        Track track = tracks.get(id[0]);
        if (track == null) {
            throw new IOException("a fragment without a track");
        }
        long scale = track.timescale();
        return new Run(id[0], time[0] * 1000 / scale, (time[0] + time[1]) * 1000 / scale, key[0]);
    }
}
