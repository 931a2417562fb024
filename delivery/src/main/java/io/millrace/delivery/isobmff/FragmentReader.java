package io.millrace.delivery.isobmff;

import io.millrace.delivery.failure.MalformedMediaException;
import io.millrace.delivery.failure.UnsupportedMediaException;

import java.util.Map;

/// One `moof` to samples, ISO/IEC 14496-12 §8.8.
final class FragmentReader {
    private static final int BASE_DATA_OFFSET = 0x1;
    private static final int DESCRIPTION_INDEX = 0x2;
    private static final int DEFAULT_DURATION = 0x8;
    private static final int DEFAULT_SIZE = 0x10;
    private static final int DEFAULT_FLAGS = 0x20;
    private static final int DEFAULT_BASE_IS_MOOF = 0x020000;
    private static final int RUN_DATA_OFFSET = 0x1;
    private static final int RUN_FIRST_FLAGS = 0x4;
    private static final int RUN_DURATION = 0x100;
    private static final int RUN_SIZE = 0x200;
    private static final int RUN_FLAGS = 0x400;
    private static final int RUN_OFFSET = 0x800;
    private static final int NON_SYNC = 0x00010000;

    private FragmentReader() {}

    /// Defaults of `mvex`.
    static void readDefaults(BoxReader mvex, Map<Integer, TrackBuilder> tracks)
            throws MalformedMediaException {
        for (BoxReader box = mvex.next(); box != null; box = mvex.next()) {
            if (box.type() != FourCc.of("trex")) {
                continue;
            }
            box.skip(4);
            TrackBuilder track = tracks.get(box.i32());
            if (track != null) {
                track.fragments.defaultDescription = box.i32();
                track.fragments.defaultDuration = box.i32();
                track.fragments.defaultSize = box.i32();
                track.fragments.defaultFlags = box.i32();
            }
        }
    }

    /// Adds the samples of a fragment to its tracks.
    ///
    /// @param moofOffset where the `moof` box starts in the file
    static void read(
            BoxReader moof, long moofOffset, Map<Integer, TrackBuilder> tracks, SampleBudget budget)
            throws MalformedMediaException, UnsupportedMediaException {
        long dataEnd = moofOffset;
        for (BoxReader traf = moof.next(); traf != null; traf = moof.next()) {
            if (traf.type() == FourCc.of("traf")) {
                dataEnd = readTrack(traf, moofOffset, dataEnd, tracks, budget);
            }
        }
    }

    private static long readTrack(
            BoxReader traf,
            long moofOffset,
            long dataEnd,
            Map<Integer, TrackBuilder> tracks,
            SampleBudget budget)
            throws MalformedMediaException, UnsupportedMediaException {
        BoxReader tfhd = traf.require("tfhd");
        int flags = tfhd.i32() & 0xFFFFFF;
        TrackBuilder track = tracks.get(tfhd.i32());
        if (track == null) {
            return dataEnd;
        }
        FragmentColumns columns = track.fragments;
        long base = (flags & DEFAULT_BASE_IS_MOOF) != 0 ? moofOffset : dataEnd;
        if ((flags & BASE_DATA_OFFSET) != 0) {
            base = tfhd.u62();
        }
        int description =
                (flags & DESCRIPTION_INDEX) != 0 ? tfhd.i32() : columns.defaultDescription;
        if (description > 1) {
            throw new UnsupportedMediaException(
                    tfhd.path(),
                    tfhd.offset(),
                    "sample description " + description + " (expected: 1 in all fragments)");
        }
        int duration = (flags & DEFAULT_DURATION) != 0 ? tfhd.i32() : columns.defaultDuration;
        int size = (flags & DEFAULT_SIZE) != 0 ? tfhd.i32() : columns.defaultSize;
        int sampleFlags = (flags & DEFAULT_FLAGS) != 0 ? tfhd.i32() : columns.defaultFlags;
        BoxReader tfdt = traf.child("tfdt");
        if (tfdt != null) {
            int version = tfdt.u8();
            tfdt.skip(3);
            long time = version == 1 ? tfdt.u62() : tfdt.u32();
            if (time < columns.nextTime() && columns.count() > 0) {
                // Going back in time would break every search; the fragment follows the last one.
                time = columns.nextTime();
            }
            columns.time(time);
        }
        long position = base;
        for (BoxReader trun = traf.next(); trun != null; trun = traf.next()) {
            if (trun.type() == FourCc.of("trun")) {
                position =
                        readRun(trun, base, position, duration, size, sampleFlags, columns, budget);
            }
        }
        return position;
    }

    private static long readRun(
            BoxReader trun,
            long base,
            long continued,
            int defaultDuration,
            int defaultSize,
            int defaultFlags,
            FragmentColumns columns,
            SampleBudget budget)
            throws MalformedMediaException, UnsupportedMediaException {
        int flags = trun.i32() & 0xFFFFFF;
        long count = trun.u32();
        long position = (flags & RUN_DATA_OFFSET) != 0 ? base + trun.i32() : continued;
        int firstFlags = (flags & RUN_FIRST_FLAGS) != 0 ? trun.i32() : defaultFlags;
        if (count * 4 * Integer.bitCount(flags & 0xF00) > trun.left()) {
            throw new MalformedMediaException(
                    trun.path(), trun.offset(), count + " samples in " + trun.left() + " bytes");
        }
        budget.take(trun, count);
        for (int i = 0; i < count; i++) {
            int duration = (flags & RUN_DURATION) != 0 ? trun.i32() : defaultDuration;
            int size = (flags & RUN_SIZE) != 0 ? trun.i32() : defaultSize;
            int sampleFlags = i == 0 ? firstFlags : defaultFlags;
            if ((flags & RUN_FLAGS) != 0) {
                sampleFlags = trun.i32();
            }
            int offset = (flags & RUN_OFFSET) != 0 ? trun.i32() : 0;
            if (size < 0
                    || duration < 0
                    || position < 0
                    || columns.nextTime() > Long.MAX_VALUE >> 1) {
                throw new MalformedMediaException(
                        trun.path(),
                        trun.offset(),
                        "sample of " + size + " bytes, " + duration + " ticks at " + position);
            }
            columns.add(size, duration, offset, (sampleFlags & NON_SYNC) == 0, position);
            position += size;
        }
        return position;
    }
}
