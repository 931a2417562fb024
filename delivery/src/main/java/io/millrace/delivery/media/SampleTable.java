package io.millrace.delivery.media;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;

/// Where each sample of one track lies, how long it lasts and when it is shown: primitive columns,
/// run-length coded where files repeat themselves.
///
/// | column | kept as |
/// |---|---|
/// | decode time | runs of equal durations: first sample, start, delta |
/// | composition offset | one `int` a sample, absent when all are 0 |
/// | size | one `int` a sample, or one for all |
/// | file offset | one per chunk (`int` when the file is below 4 GiB) plus its first sample |
/// | sync | sorted numbers of the sync samples, absent when all are |
///
/// All times are in the track's timescale and as stored in the file: the edit list is the {@link
/// Track}'s. Immutable, thread-safe.
public final class SampleTable {
    /// Of a variable rate, this many runs tell what is usual.
    private static final int TYPICAL_RUNS = 4096;

    private final int count;
    private final int constantSize;
    private final int @Nullable [] sizes;
    private final int[] runFirst;
    private final long[] runStart;
    private final int[] runDelta;
    private final int @Nullable [] compositionOffsets;
    private final ChunkOffsets chunkOffsets;
    private final int @Nullable [] chunkFirst;
    private final int chunkCount;
    private final int @Nullable [] sync;
    private final long endTime;
    private final int typicalDuration;

    /// @param sizes one per sample, or null when all are `constantSize`
    /// @param runFirst number of the first sample of each run of equal durations, starting at 0
    /// @param runStart decode time of that sample
    /// @param runDelta duration of the run's samples
    /// @param compositionOffsets one per sample, or null when all are 0
    /// @param chunkOffsets file offset of each run of adjacent samples
    /// @param chunkFirst number of its first sample, or null when each chunk holds one sample
    /// @param sync sorted numbers of sync samples, or null when all are
    public SampleTable(
            int count,
            int constantSize,
            int @Nullable [] sizes,
            int[] runFirst,
            long[] runStart,
            int[] runDelta,
            int @Nullable [] compositionOffsets,
            ChunkOffsets chunkOffsets,
            int @Nullable [] chunkFirst,
            int @Nullable [] sync) {
        if (count > 0 && (runFirst.length == 0 || chunkOffsets.count() == 0)) {
            throw new IllegalArgumentException("count: " + count + " (expected: 0 without runs)");
        }
        this.count = count;
        this.constantSize = constantSize;
        this.sizes = sizes;
        this.runFirst = runFirst;
        this.runStart = runStart;
        this.runDelta = runDelta;
        this.compositionOffsets = compositionOffsets;
        this.chunkFirst = chunkFirst;
        this.chunkCount = chunkOffsets.count();
        this.sync = sync;
        this.chunkOffsets = chunkOffsets;
        this.typicalDuration = typicalDuration(runFirst, runDelta, count);
        this.endTime = count == 0 ? 0 : decodeTime(count - 1) + duration(count - 1);
    }

    /// As the other, of file offsets as they are.
    public SampleTable(
            int count,
            int constantSize,
            int @Nullable [] sizes,
            int[] runFirst,
            long[] runStart,
            int[] runDelta,
            int @Nullable [] compositionOffsets,
            long[] chunkOffsets,
            int @Nullable [] chunkFirst,
            int @Nullable [] sync) {
        this(
                count,
                constantSize,
                sizes,
                runFirst,
                runStart,
                runDelta,
                compositionOffsets,
                ChunkOffsets.of(chunkOffsets),
                chunkFirst,
                sync);
    }

    /// @param newCount at most what `from` has
    private SampleTable(SampleTable from, int newCount, int @Nullable [] newOffsets) {
        count = newCount;
        constantSize = from.constantSize;
        sizes = from.sizes;
        runFirst = from.runFirst;
        runStart = from.runStart;
        runDelta = from.runDelta;
        compositionOffsets = newOffsets;
        chunkOffsets = from.chunkOffsets;
        chunkFirst = from.chunkFirst;
        chunkCount = from.chunkCount;
        int[] syncSamples = from.sync;
        sync =
                syncSamples == null || newCount == from.count
                        ? syncSamples
                        : Arrays.copyOf(syncSamples, from.syncAtOrAfter(newCount));
        endTime = newCount == 0 ? 0 : from.decodeTime(newCount - 1) + from.duration(newCount - 1);
        typicalDuration = from.typicalDuration;
    }

    /// The smallest composition offset, negative where pictures are shown before their own decode
    /// time: then the file's decode times are late by that much.
    public int lowestCompositionOffset() {
        int lowest = 0;
        if (compositionOffsets != null) {
            lowest = Integer.MAX_VALUE;
            for (int offset : compositionOffsets) {
                lowest = Math.min(lowest, offset);
            }
        }
        return lowest;
    }

    /// The same samples with all composition offsets greater by `ticks`. Who takes `ticks` off all
    /// times with it has moved the decode times alone.
    ///
    /// @throws ArithmeticException when an offset would pass an `int`
    public SampleTable withCompositionOffsetsRaised(int ticks) {
        if (compositionOffsets == null) {
            throw new IllegalStateException("no composition offsets (expected: some to raise)");
        }
        int[] raised = new int[compositionOffsets.length];
        for (int i = 0; i < raised.length; i++) {
            raised[i] = Math.addExact(compositionOffsets[i], ticks);
        }
        return new SampleTable(this, count, raised);
    }

    /// The first samples alone. Shares the columns of all.
    public SampleTable first(int samples) {
        if (samples < 0 || samples > count) {
            throw new IllegalArgumentException(
                    "samples: " + samples + " (expected: 0.." + count + ")");
        }
        return samples == count ? this : new SampleTable(this, samples, compositionOffsets);
    }

    /// The samples `[from, to)` alone, in columns of their own.
    ///
    /// @param stretch what all times are multiplied by
    /// @throws ArithmeticException when a stretched duration or offset would pass an `int`
    public SampleTable slice(int from, int to, int stretch) {
        int n = to - from;
        int[] newSizes = sizes == null ? null : Arrays.copyOfRange(sizes, from, to);
        int[] first = new int[16];
        long[] start = new long[16];
        int[] delta = new int[16];
        int runs = 0;
        long[] chunks = new long[16];
        int[] chunkStart = new int[16];
        int chunksMade = 0;
        long end = -1;
        long[] at = new long[n];
        offsets(from, to, at);
        for (int i = 0; i < n; ) {
            int run = run(from + i);
            int runEnd =
                    Math.min(n, (run + 1 < runFirst.length ? runFirst[run + 1] : count) - from);
            if (runs == first.length) {
                first = Arrays.copyOf(first, 2 * runs);
                start = Arrays.copyOf(start, 2 * runs);
                delta = Arrays.copyOf(delta, 2 * runs);
            }
            first[runs] = i;
            start[runs] = Math.multiplyExact(decodeTime(from + i), stretch);
            delta[runs++] = Math.multiplyExact(runDelta[run], stretch);
            i = runEnd;
        }
        for (int i = 0; i < n; i++) {
            if (at[i] != end) {
                if (chunksMade == chunks.length) {
                    chunks = Arrays.copyOf(chunks, 2 * chunksMade);
                    chunkStart = Arrays.copyOf(chunkStart, 2 * chunksMade);
                }
                chunkStart[chunksMade] = i;
                chunks[chunksMade++] = at[i];
            }
            end = at[i] + size(from + i);
        }
        int[] newCompositionOffsets = null;
        if (compositionOffsets != null) {
            newCompositionOffsets = Arrays.copyOfRange(compositionOffsets, from, to);
            for (int i = 0; stretch != 1 && i < n; i++) {
                newCompositionOffsets[i] = Math.multiplyExact(newCompositionOffsets[i], stretch);
            }
        }
        int[] newSync = null;
        if (sync != null) {
            newSync = Arrays.copyOfRange(sync, syncAtOrAfter(from), syncAtOrAfter(to));
            for (int i = 0; i < newSync.length; i++) {
                newSync[i] -= from;
            }
        }
        return new SampleTable(
                n,
                constantSize,
                newSizes,
                Arrays.copyOf(first, runs),
                Arrays.copyOf(start, runs),
                Arrays.copyOf(delta, runs),
                newCompositionOffsets,
                Arrays.copyOf(chunks, chunksMade),
                Arrays.copyOf(chunkStart, chunksMade),
                newSync);
    }

    public int count() {
        return count;
    }

    /// Whether the table knows one size for all samples.
    public boolean isOfOneSize() {
        return sizes == null;
    }

    public int size(int sample) {
        return sizes == null ? constantSize : sizes[sample];
    }

    public long decodeTime(int sample) {
        int run = run(sample);
        return runStart[run] + (long) (sample - runFirst[run]) * runDelta[run];
    }

    public int duration(int sample) {
        int run = run(sample);
        if (run + 1 < runFirst.length && runFirst[run + 1] == sample + 1) {
            // A fragmented file may leave a gap between runs; the sample lasts until the next one.
            return (int)
                    Math.min(
                            Integer.MAX_VALUE,
                            runStart[run + 1]
                                    - runStart[run]
                                    - (long) (sample - runFirst[run]) * runDelta[run]);
        }
        return runDelta[run];
    }

    public int compositionOffset(int sample) {
        return compositionOffsets == null ? 0 : compositionOffsets[sample];
    }

    public boolean hasCompositionOffsets() {
        return compositionOffsets != null;
    }

    /// Decode time of the last sample plus its duration.
    public long endTime() {
        return endTime;
    }

    public long offset(int sample) {
        int chunk = chunk(sample);
        long offset = chunkOffset(chunk);
        int first = chunkFirst == null ? chunk : chunkFirst[chunk];
        if (sizes == null) {
            return offset + (long) (sample - first) * constantSize;
        }
        for (int i = first; i < sample; i++) {
            offset += sizes[i];
        }
        return offset;
    }

    /// File offsets of the samples `[from, to)` into `target[0..]`; one walk, where asking for each
    /// alone would add up its chunk's sizes each time.
    public void offsets(int from, int to, long[] target) {
        if (from >= to) {
            return;
        }
        int chunk = chunk(from);
        long offset = offset(from);
        int chunkEnd = chunkEnd(chunk);
        for (int i = from; i < to; i++) {
            if (i == chunkEnd) {
                chunk++;
                offset = chunkOffset(chunk);
                chunkEnd = chunkEnd(chunk);
            }
            target[i - from] = offset;
            offset += size(i);
        }
    }

    /// Decode times of the samples `[from, to)` into `target[0..]`.
    public void decodeTimes(int from, int to, long[] target) {
        if (from >= to) {
            return;
        }
        int run = run(from);
        long time = decodeTime(from);
        for (int i = from; i < to; i++) {
            if (run + 1 < runFirst.length && runFirst[run + 1] == i) {
                run++;
                time = runStart[run];
            }
            target[i - from] = time;
            time += runDelta[run];
        }
    }

    public boolean isSync(int sample) {
        return sync == null || Arrays.binarySearch(sync, sample) >= 0;
    }

    public boolean allSync() {
        return sync == null;
    }

    public int syncCount() {
        return sync == null ? count : sync.length;
    }

    /// Sample number of the n-th sync sample.
    public int syncSample(int n) {
        return sync == null ? n : sync[n];
    }

    /// The n of the first sync sample at or after `sample`; {@link #syncCount} when there is none.
    public int syncAtOrAfter(int sample) {
        if (sync == null) {
            return sample;
        }
        int at = Arrays.binarySearch(sync, sample);
        return at >= 0 ? at : -at - 1;
    }

    /// Number of the first sample whose decode time is `time` or later; {@link #count} when none.
    public int firstAtOrAfter(long time) {
        int low = 0;
        int high = count;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (decodeTime(middle) < time) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /// The duration most samples have (of a track of many durations: at its beginning), in ticks; 0
    /// when the table is empty.
    public int typicalDuration() {
        return typicalDuration;
    }

    private static int typicalDuration(int[] runFirst, int[] runDelta, int count) {
        int best = 0;
        long bestSamples = 0;
        int runs = Math.min(runFirst.length, TYPICAL_RUNS);
        if (runs == 1) {
            return runDelta[0];
        }
        java.util.HashMap<Integer, Long> samplesByDelta = new java.util.HashMap<>();
        for (int run = 0; run < runs; run++) {
            int end = run + 1 < runFirst.length ? runFirst[run + 1] : count;
            long samples =
                    samplesByDelta.merge(runDelta[run], (long) end - runFirst[run], Long::sum);
            if (samples > bestSamples) {
                bestSamples = samples;
                best = runDelta[run];
            }
        }
        return best;
    }

    /// What this table weighs in a cache.
    public long estimatedBytes() {
        long bytes = 128 + 16L * runFirst.length;
        bytes += sizes == null ? 0 : 4L * sizes.length;
        bytes += compositionOffsets == null ? 0 : 4L * compositionOffsets.length;
        bytes += chunkOffsets.estimatedBytes();
        bytes += chunkFirst == null ? 0 : 4L * chunkFirst.length;
        return bytes + (sync == null ? 0 : 4L * sync.length);
    }

    private int run(int sample) {
        if (runFirst.length == 1) {
            return 0;
        }
        int at = Arrays.binarySearch(runFirst, sample);
        return at >= 0 ? at : -at - 2;
    }

    private int chunk(int sample) {
        if (chunkFirst == null) {
            return sample;
        }
        int at = Arrays.binarySearch(chunkFirst, sample);
        return at >= 0 ? at : -at - 2;
    }

    private int chunkEnd(int chunk) {
        if (chunkFirst == null) {
            return chunk + 1;
        }
        return chunk + 1 < chunkCount ? chunkFirst[chunk + 1] : count;
    }

    private long chunkOffset(int chunk) {
        return chunkOffsets.get(chunk);
    }
}
