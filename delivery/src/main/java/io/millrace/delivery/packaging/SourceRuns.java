package io.millrace.delivery.packaging;

import io.millrace.delivery.failure.MalformedMediaException;
import io.millrace.delivery.media.SampleTable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Where the samples of one segment lie in the source files: runs of adjacent samples of a track,
/// in file order within a source.
///
/// Arrays of the segment's own size; nothing per sample.
final class SourceRuns {
    /// Runs no further apart are looked at as one range.
    private static final int CHECKED_TOGETHER = 64 << 10;

    private static final int RUN_BITS = 20;
    private static final long MAX_OFFSET = 1L << 62 - RUN_BITS;

    private final PlannedTrack[] tracks;

    /// File offset of each sample of each track.
    final long[][] offsets;

    private final int segment;
    int count;
    int[] track = new int[16];
    int[] firstSample = new int[16]; // from the segment's first
    int[] samples = new int[16];
    long[] offset = new long[16];
    long[] length = new long[16];

    /// @param tracks in output order; runs of tracks of one source are merged by file position
    SourceRuns(PlannedTrack[] tracks, int segment) {
        this.tracks = tracks;
        this.segment = segment;
        this.offsets = new long[tracks.length][];
        for (int t = 0; t < tracks.length; t++) {
            addRuns(t);
        }
        if (tracks.length == 2
                && tracks[0].pick().file() == tracks[1].pick().file()
                && count < 1 << RUN_BITS) {
            sortByOffset();
        }
    }

    private void addRuns(int t) {
        PlannedTrack planned = tracks[t];
        SampleTable table = planned.track().samples();
        int first = planned.first(segment);
        int n = planned.end(segment) - first;
        long[] at = new long[n];
        table.offsets(first, first + n, at);
        offsets[t] = at;
        long end = -1;
        for (int i = 0; i < n; i++) {
            int size = table.size(first + i);
            if (at[i] == end) {
                length[count - 1] += size;
                samples[count - 1]++;
            } else {
                if (count == track.length) {
                    grow();
                }
                track[count] = t;
                firstSample[count] = i;
                samples[count] = 1;
                offset[count] = at[i];
                length[count++] = size;
            }
            end = at[i] + size;
        }
    }

    private void grow() {
        int to = 2 * count;
        track = Arrays.copyOf(track, to);
        firstSample = Arrays.copyOf(firstSample, to);
        samples = Arrays.copyOf(samples, to);
        offset = Arrays.copyOf(offset, to);
        length = Arrays.copyOf(length, to);
    }

    private void sortByOffset() {
        long[] keys = new long[count];
        boolean sorted = true;
        for (int i = 0; i < count; i++) {
            boolean backwards = i > 0 && track[i] == track[i - 1] && offset[i] < offset[i - 1];
            if (offset[i] >= MAX_OFFSET || backwards) {
                // A track whose chunks lie in another order than they play: its samples keep
                // theirs.
                return;
            }
            keys[i] = offset[i] << RUN_BITS | i;
            sorted = sorted && (i == 0 || keys[i] > keys[i - 1]);
        }
        if (sorted) {
            return;
        }
        Arrays.sort(keys);
        int[] newTrack = new int[count];
        int[] newFirst = new int[count];
        int[] newSamples = new int[count];
        long[] newOffset = new long[count];
        long[] newLength = new long[count];
        for (int i = 0; i < count; i++) {
            int from = (int) keys[i] & (1 << RUN_BITS) - 1;
            newTrack[i] = track[from];
            newFirst[i] = firstSample[from];
            newSamples[i] = samples[from];
            newOffset[i] = offset[from];
            newLength[i] = length[from];
        }
        track = newTrack;
        firstSample = newFirst;
        samples = newSamples;
        offset = newOffset;
        length = newLength;
    }

    int estimatedBytes() {
        int bytes = 128 + 28 * track.length;
        for (long[] column : offsets) {
            bytes += 16 + 8 * column.length;
        }
        return bytes;
    }

    int largestSample() {
        int largest = 0;
        for (PlannedTrack planned : tracks) {
            SampleTable table = planned.track().samples();
            for (int i = planned.first(segment); i < planned.end(segment); i++) {
                largest = Math.max(largest, table.size(i));
            }
        }
        return largest;
    }

    /// Whether all runs pass a check; neighbours are asked for together.
    boolean areAll(MediaSegment.SourceCheck check) {
        for (int run = 0; run < count; ) {
            int file = file(run);
            long from = offset[run];
            long to = from + length[run];
            for (run++; run < count && file(run) == file; run++) {
                long end = offset[run] + length[run];
                if (offset[run] < from || end - to > CHECKED_TOGETHER + length[run]) {
                    break;
                }
                to = Math.max(to, end);
            }
            if (!check.test(file, from, to - from)) {
                return false;
            }
        }
        return true;
    }

    /// Which of the presentation's open files a run lies in.
    int file(int run) {
        return tracks[track[run]].pick().file();
    }

    private int source(int run) {
        return tracks[track[run]].pick().source();
    }

    /// Which bytes of which files the runs are, adjacent ones joined.
    List<SegmentBody.FileRange> ranges() {
        List<SegmentBody.FileRange> ranges = new ArrayList<>();
        int run = 0;
        while (run < count) {
            int file = file(run);
            long start = offset[run];
            long bytes = 0;
            do {
                bytes += length[run++];
            } while (run < count && file(run) == file && offset[run] == start + bytes);
            ranges.add(new SegmentBody.FileRange(file, start, bytes));
        }
        return ranges;
    }

    /// Fails the segment, and only it, where a file is shorter than its tables say.
    void checkInside(MediaSet set) throws MalformedMediaException {
        for (int run = 0; run < count; run++) {
            MediaSource source = set.sources().get(source(run));
            if (file(run) != source.file()) {
                // Sound made anew is as long as its table says.
                continue;
            }
            long size = source.index().fileSizeBytes();
            if (offset[run] < 0 || length[run] > size - offset[run]) {
                throw new MalformedMediaException(
                        "file "
                                + source.sequence()
                                + " is truncated: a sample of segment "
                                + (segment + 1)
                                + " ends at byte "
                                + (offset[run] + length[run])
                                + " of "
                                + size);
            }
        }
    }
}
