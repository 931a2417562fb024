package io.millrace.delivery.packaging;

import io.millrace.delivery.drm.SampleCipher;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;

/// The samples of one track in one fragment (`traf`), in decode order: what a `trun` says of each.
/// Where their bytes come from is the caller's business.
///
/// Samples lie in the `mdat` in one run, unless {@link #beginRun} says where the next ones are (a
/// muxed fragment in source order has many runs a track). Reusable by {@link #reset}: then it
/// allocates only to grow. One thread at a time.
public final class FragmentTrack {
    /// Depends on no other sample.
    public static final int SYNC_FLAGS = 0x02000000;

    /// Depends on others; `sample_is_non_sync_sample`.
    public static final int NON_SYNC_FLAGS = 0x01010000;

    private int trackId;
    private long baseMediaDecodeTime;
    int count;
    int[] sizes = new int[64];
    int[] durations = new int[64];
    int[] compositionOffsets = new int[64];
    boolean[] sync = new boolean[64];
    int runs;
    int[] runFirst = new int[4];
    long[] runDataOffset = new long[4];
    private long durationTicks;
    private long payloadBytes;

    // What the writer asks of all samples, kept as they come.
    boolean sizesDiffer;
    boolean durationsDiffer;
    boolean anyCompositionOffset;
    boolean anySync;
    boolean anyNonSync;

    /// A sync sample that does not open its run.
    boolean syncInsideRun;

    /// Runs that open with a sync sample, and runs with any sample.
    int syncRuns;

    int filledRuns;

    /// What encrypted the samples, whose boxes stand at the end of the `traf`; null in the clear.
    @Nullable SampleCipher cipher;

    /// @param baseMediaDecodeTime decode time of the first sample, in the track's timescale
    public FragmentTrack(int trackId, long baseMediaDecodeTime) {
        reset(trackId, baseMediaDecodeTime);
    }

    public FragmentTrack reset(int newTrackId, long newBaseMediaDecodeTime) {
        if (newBaseMediaDecodeTime < 0) {
            throw new IllegalArgumentException(
                    "baseMediaDecodeTime: " + newBaseMediaDecodeTime + " (expected: >= 0)");
        }
        trackId = newTrackId;
        baseMediaDecodeTime = newBaseMediaDecodeTime;
        count = 0;
        runs = 0;
        durationTicks = 0;
        payloadBytes = 0;
        sizesDiffer = false;
        durationsDiffer = false;
        anyCompositionOffset = false;
        anySync = false;
        anyNonSync = false;
        syncInsideRun = false;
        syncRuns = 0;
        filledRuns = 0;
        cipher = null;
        return this;
    }

    /// Has the `traf` say how its samples were encrypted.
    FragmentTrack encryptedBy(SampleCipher samplesCipher) {
        cipher = samplesCipher;
        return this;
    }

    /// The samples added from here on lie together at `dataOffset` from the start of the `mdat`'s
    /// payload.
    public void beginRun(long dataOffset) {
        if (runs == runFirst.length) {
            runFirst = Arrays.copyOf(runFirst, 2 * runs);
            runDataOffset = Arrays.copyOf(runDataOffset, 2 * runs);
        }
        runFirst[runs] = count;
        runDataOffset[runs++] = dataOffset;
    }

    public void add(int sizeBytes, int durationTicks, int compositionOffsetTicks, boolean isSync) {
        if (runs == 0) {
            beginRun(0);
        }
        if (count == sizes.length) {
            sizes = Arrays.copyOf(sizes, 2 * count);
            durations = Arrays.copyOf(durations, 2 * count);
            compositionOffsets = Arrays.copyOf(compositionOffsets, 2 * count);
            sync = Arrays.copyOf(sync, 2 * count);
        }
        boolean opensRun = runFirst[runs - 1] == count;
        if (opensRun) {
            filledRuns++;
        }
        if (isSync) {
            anySync = true;
            if (opensRun) {
                syncRuns++;
            } else {
                syncInsideRun = true;
            }
        } else {
            anyNonSync = true;
        }
        sizesDiffer |= count > 0 && sizes[0] != sizeBytes;
        durationsDiffer |= count > 0 && durations[0] != durationTicks;
        anyCompositionOffset |= compositionOffsetTicks != 0;
        sizes[count] = sizeBytes;
        durations[count] = durationTicks;
        compositionOffsets[count] = compositionOffsetTicks;
        sync[count++] = isSync;
        this.durationTicks += durationTicks;
        this.payloadBytes += sizeBytes;
    }

    public int trackId() {
        return trackId;
    }

    public long baseMediaDecodeTime() {
        return baseMediaDecodeTime;
    }

    public int count() {
        return count;
    }

    /// Sum of the samples' durations: the next fragment starts at {@link #baseMediaDecodeTime} plus
    /// this.
    public long durationTicks() {
        return durationTicks;
    }

    public long payloadBytes() {
        return payloadBytes;
    }
}
