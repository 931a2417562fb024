package io.millrace.benchmarks.load;

import java.util.Arrays;

/// When each picture of a publisher was sent: what {@link LiveClip.Message#stamp} wrote into it. A
/// stamp found in what a viewer got so says which picture it is. Its event loop only.
final class Stamps {
    private long[] sentNanos = new long[4096];
    private int count;

    /// Later than all before it.
    void add(long nanos) {
        if (count == sentNanos.length) {
            sentNanos = Arrays.copyOf(sentNanos, 2 * count);
        }
        sentNanos[count++] = nanos;
    }

    /// The number of the picture that was sent at that time; negative when none was.
    int indexOf(long nanos) {
        return Arrays.binarySearch(sentNanos, 0, count, nanos);
    }

    /// When a picture was sent; 0 when it has not been yet.
    long at(int index) {
        return index >= 0 && index < count ? sentNanos[index] : 0;
    }
}
