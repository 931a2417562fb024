package io.millrace.delivery.isobmff;

import io.millrace.delivery.failure.MalformedMediaException;
import io.millrace.delivery.failure.UnsupportedMediaException;
import io.millrace.delivery.media.ChunkOffsets;
import io.millrace.delivery.media.SampleTable;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.BitSet;

/// `stbl` to columns, ISO/IEC 14496-12 §8.5 to 8.7. Tables that disagree on the number of samples
/// give what the shortest covers.
final class SampleTableReader {
    /// Numbers of sample descriptions above are not told apart.
    private static final int MAX_DESCRIPTIONS = 256;

    private SampleTableReader() {}

    /// `stsc`: runs of chunks of as many samples each.
    ///
    /// @param offset of the first entry in the file
    /// @param entries first chunk, samples a chunk and sample description of each
    record ChunkRuns(String path, long offset, int[] entries) {
        static ChunkRuns read(BoxReader stbl) throws MalformedMediaException {
            BoxReader stsc = stbl.require("stsc");
            stsc.skip(4);
            int[] entries = new int[3 * stsc.entries(12)];
            long offset = stsc.offset();
            stsc.ints(entries);
            return new ChunkRuns(stsc.path(), offset, entries);
        }

        /// The numbers, from 1, of the `stsd` entries that samples use.
        BitSet descriptions() {
            BitSet used = new BitSet();
            int last = -1;
            for (int i = 2; i < entries.length; i += 3) {
                if (entries[i] != last || i == 2) {
                    last = entries[i];
                    used.set(Math.clamp(last, 0, MAX_DESCRIPTIONS));
                }
            }
            return used;
        }
    }

    static SampleTable read(BoxReader stbl, ChunkRuns runs, SampleBudget budget)
            throws MalformedMediaException, UnsupportedMediaException {
        Sizes sizes = sizes(stbl, budget);
        ChunkOffsets chunkOffsets = chunkOffsets(stbl);
        int[] chunkFirst = new int[chunkOffsets.count()];
        long inChunks = chunkFirsts(runs, chunkFirst);
        Times times = Times.read(stbl.require("stts"));
        int count = (int) Math.min(Math.min(sizes.count, inChunks), times.count);
        if (count == 0) {
            return empty();
        }
        int chunks = chunkOffsets.count();
        while (chunkFirst[chunks - 1] >= count) {
            chunks--;
        }
        boolean onePerChunk = chunks == count;
        int[] columns = sizes.columns;
        return new SampleTable(
                count,
                sizes.constant,
                columns == null || columns.length == count
                        ? columns
                        : Arrays.copyOf(columns, count),
                times.runFirst,
                times.runStart,
                times.runDelta,
                compositionOffsets(stbl.child("ctts"), count),
                chunkOffsets.first(chunks),
                onePerChunk
                        ? null
                        : chunks == chunkFirst.length
                                ? chunkFirst
                                : Arrays.copyOf(chunkFirst, chunks),
                sync(stbl.child("stss"), count));
    }

    static SampleTable empty() {
        return new SampleTable(
                0, 0, null, new int[0], new long[0], new int[0], null, new long[0], null, null);
    }

    private record Sizes(int count, int constant, int @Nullable [] columns) {}

    private static Sizes sizes(BoxReader stbl, SampleBudget budget)
            throws MalformedMediaException, UnsupportedMediaException {
        BoxReader stsz = stbl.child("stsz");
        if (stsz != null) {
            stsz.skip(4);
            int constant = size(stsz, stsz.i32());
            if (constant != 0) {
                return new Sizes(budget.take(stsz, stsz.u32()), constant, null);
            }
            int count = budget.take(stsz, stsz.entries(4));
            int[] sizes = new int[count];
            long offset = stsz.offset();
            stsz.ints(sizes);
            for (int i = 0; i < count; i++) {
                if (sizes[i] < 0) {
                    throw tooLarge(stsz, offset + 4L * i, sizes[i]);
                }
            }
            return new Sizes(count, 0, sizes);
        }
        BoxReader stz2 = stbl.require("stz2");
        stz2.skip(7);
        int bits = stz2.u8();
        if (bits != 4 && bits != 8 && bits != 16) {
            throw new MalformedMediaException(
                    stz2.path(), stz2.offset() - 1, "field size " + bits + " (expected: 4, 8, 16)");
        }
        long said = stz2.u32();
        if ((said * bits + 7) / 8 > stz2.left()) {
            throw new MalformedMediaException(
                    stz2.path(), stz2.offset(), said + " sizes in " + stz2.left() + " bytes");
        }
        int count = budget.take(stz2, said);
        int[] sizes = new int[count];
        int pair = 0;
        for (int i = 0; i < count; i++) {
            if (bits == 16) {
                sizes[i] = stz2.u16();
            } else if (bits == 8) {
                sizes[i] = stz2.u8();
            } else {
                pair = i % 2 == 0 ? stz2.u8() : pair << 4;
                sizes[i] = pair >> 4 & 0xF;
            }
        }
        return new Sizes(count, 0, sizes);
    }

    private static int size(BoxReader in, int size) throws MalformedMediaException {
        if (size < 0) {
            throw tooLarge(in, in.offset() - 4, size);
        }
        return size;
    }

    private static MalformedMediaException tooLarge(BoxReader in, long offset, int size) {
        return new MalformedMediaException(
                in.path(), offset, "sample of " + (size & 0xFFFF_FFFFL) + " bytes");
    }

    private static ChunkOffsets chunkOffsets(BoxReader stbl) throws MalformedMediaException {
        BoxReader stco = stbl.child("stco");
        if (stco != null) {
            stco.skip(4);
            int[] offsets = new int[stco.entries(4)];
            stco.ints(offsets);
            return new ChunkOffsets(offsets);
        }
        BoxReader co64 = stbl.require("co64");
        co64.skip(4);
        long[] offsets = new long[co64.entries(8)];
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] = co64.u62();
        }
        return ChunkOffsets.of(offsets);
    }

    /// Fills in the first sample of each chunk.
    ///
    /// @return samples in all chunks together
    private static long chunkFirsts(ChunkRuns runs, int[] chunkFirst)
            throws MalformedMediaException {
        int[] entries = runs.entries();
        long sample = 0;
        int chunk = 0;
        int samplesPerChunk = 0;
        for (int i = 0; i <= entries.length; i += 3) {
            int nextChunk = chunkFirst.length;
            int nextSamples = 0;
            if (i < entries.length) {
                long said = (entries[i] & 0xFFFF_FFFFL) - 1;
                nextSamples = entries[i + 1];
                if (said < chunk || nextSamples <= 0 || i == 0 && said != 0) {
                    throw new MalformedMediaException(
                            runs.path(),
                            runs.offset() + 4L * i,
                            "first chunk " + (said + 1) + " with " + nextSamples + " samples");
                }
                nextChunk = (int) Math.min(said, chunkFirst.length);
            }
            while (chunk < nextChunk) {
                chunkFirst[chunk++] = (int) Math.min(sample, Integer.MAX_VALUE);
                sample += samplesPerChunk;
            }
            samplesPerChunk = nextSamples;
        }
        return sample;
    }

    /// `stts` as runs of equal durations.
    private record Times(long count, int[] runFirst, long[] runStart, int[] runDelta) {
        static Times read(BoxReader stts) throws MalformedMediaException {
            stts.skip(4);
            int entries = stts.entries(8);
            int[] runFirst = new int[entries];
            long[] runStart = new long[entries];
            int[] runDelta = new int[entries];
            long sample = 0;
            long time = 0;
            int runs = 0;
            for (int i = 0; i < entries; i++) {
                long samples = stts.u32();
                int delta = stts.i32();
                if (samples == 0) {
                    continue;
                }
                // Some writers put a negative or absurd delta on the last sample: none is better.
                int usable = delta < 0 ? 0 : delta;
                if (runs > 0 && runDelta[runs - 1] == usable) {
                    sample += samples;
                    time += samples * usable;
                    continue;
                }
                if (sample > SampleBudget.MAX_SAMPLES || time > Long.MAX_VALUE >> 2) {
                    break;
                }
                runFirst[runs] = (int) sample;
                runStart[runs] = time;
                runDelta[runs++] = usable;
                sample += samples;
                time += samples * usable;
            }
            return new Times(
                    sample,
                    Arrays.copyOf(runFirst, runs),
                    Arrays.copyOf(runStart, runs),
                    Arrays.copyOf(runDelta, runs));
        }
    }

    /// Signed in both versions: many writers put negative ones into version 0.
    private static int @Nullable [] compositionOffsets(@Nullable BoxReader ctts, int count)
            throws MalformedMediaException {
        if (ctts == null) {
            return null;
        }
        ctts.skip(4);
        int entries = ctts.entries(8);
        int[] offsets = new int[count];
        int sample = 0;
        boolean any = false;
        int[] pairs = new int[2 * entries];
        ctts.ints(pairs);
        for (int i = 0; i < entries && sample < count; i++) {
            long samples = pairs[2 * i] & 0xFFFF_FFFFL;
            int offset = pairs[2 * i + 1];
            int to = (int) Math.min(count, sample + samples);
            if (offset != 0) {
                Arrays.fill(offsets, sample, to, offset);
                any = any || to > sample;
            }
            sample = to;
        }
        return any ? offsets : null;
    }

    private static int @Nullable [] sync(@Nullable BoxReader stss, int count)
            throws MalformedMediaException {
        if (stss == null) {
            return null;
        }
        stss.skip(4);
        int entries = stss.entries(4);
        int[] sync = new int[entries];
        int n = 0;
        for (int i = 0; i < entries; i++) {
            long sample = stss.u32() - 1;
            if (sample >= 0 && sample < count && (n == 0 || sample > sync[n - 1])) {
                sync[n++] = (int) sample;
            }
        }
        return n == count ? null : Arrays.copyOf(sync, n);
    }
}
