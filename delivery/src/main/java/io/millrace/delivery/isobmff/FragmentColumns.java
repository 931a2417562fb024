package io.millrace.delivery.isobmff;

import io.millrace.delivery.media.SampleTable;

import java.util.Arrays;

/// The samples of one track as its fragments tell them, in growing columns. One thread at a time.
final class FragmentColumns {
    // trex
    int defaultDescription = 1;
    int defaultDuration;
    int defaultSize;
    int defaultFlags;

    private int count;
    private int[] sizes = new int[256];
    private int[] offsets = new int[256];
    private int[] sync = new int[32];
    private int syncCount;
    private boolean anyOffset;
    private int runs;
    private int[] runFirst = new int[32];
    private long[] runStart = new long[32];
    private int[] runDelta = new int[32];
    private int chunks;
    private long[] chunkOffset = new long[32];
    private int[] chunkFirst = new int[32];
    private long chunkEnd = -1;
    private long nextTime;

    int count() {
        return count;
    }

    long nextTime() {
        return nextTime;
    }

    /// The next sample is decoded at `time`.
    void time(long time) {
        nextTime = time;
    }

    void add(int size, int duration, int compositionOffset, boolean isSync, long fileOffset) {
        if (count == sizes.length) {
            sizes = Arrays.copyOf(sizes, 2 * count);
            offsets = Arrays.copyOf(offsets, 2 * count);
        }
        boolean continues =
                runs > 0
                        && runDelta[runs - 1] == duration
                        && runStart[runs - 1] + (long) (count - runFirst[runs - 1]) * duration
                                == nextTime;
        if (!continues) {
            if (runs == runFirst.length) {
                runFirst = Arrays.copyOf(runFirst, 2 * runs);
                runStart = Arrays.copyOf(runStart, 2 * runs);
                runDelta = Arrays.copyOf(runDelta, 2 * runs);
            }
            runFirst[runs] = count;
            runStart[runs] = nextTime;
            runDelta[runs++] = duration;
        }
        if (fileOffset != chunkEnd) {
            if (chunks == chunkFirst.length) {
                chunkFirst = Arrays.copyOf(chunkFirst, 2 * chunks);
                chunkOffset = Arrays.copyOf(chunkOffset, 2 * chunks);
            }
            chunkFirst[chunks] = count;
            chunkOffset[chunks++] = fileOffset;
        }
        chunkEnd = fileOffset + size;
        if (isSync) {
            if (syncCount == sync.length) {
                sync = Arrays.copyOf(sync, 2 * syncCount);
            }
            sync[syncCount++] = count;
        }
        sizes[count] = size;
        offsets[count++] = compositionOffset;
        anyOffset |= compositionOffset != 0;
        nextTime += duration;
    }

    /// Forgets the samples; the defaults and the time stay.
    void clear() {
        count = 0;
        syncCount = 0;
        anyOffset = false;
        runs = 0;
        chunks = 0;
        chunkEnd = -1;
    }

    SampleTable toTable() {
        if (count == 0) {
            return SampleTableReader.empty();
        }
        return new SampleTable(
                count,
                0,
                Arrays.copyOf(sizes, count),
                Arrays.copyOf(runFirst, runs),
                Arrays.copyOf(runStart, runs),
                Arrays.copyOf(runDelta, runs),
                anyOffset ? Arrays.copyOf(offsets, count) : null,
                Arrays.copyOf(chunkOffset, chunks),
                Arrays.copyOf(chunkFirst, chunks),
                syncCount == count ? null : Arrays.copyOf(sync, syncCount));
    }
}
