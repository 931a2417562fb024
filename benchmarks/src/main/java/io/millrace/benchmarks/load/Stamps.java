package io.millrace.benchmarks.load;

import java.util.Arrays;

/// When each picture of a publisher was sent: what {@link LiveClip.Message#stamp} wrote into it. A
/// stamp found in what a viewer got so says which picture it is. Its event loop only.
final class Stamps {
    private long[] sentNanos = new long[4096];
    private long[] dueNanos = new long[4096];
    private int count;

    /// Later than all before it.
    ///
    /// @param due when it should have been sent, by the publisher's pace
    void add(long nanos, long due) {
        if (count == sentNanos.length) {
            sentNanos = Arrays.copyOf(sentNanos, 2 * count);
            dueNanos = Arrays.copyOf(dueNanos, 2 * count);
        }
        sentNanos[count] = nanos;
        dueNanos[count++] = due;
    }

    /// The number of the picture that was sent at that time; negative when none was.
    int indexOf(long nanos) {
        return Arrays.binarySearch(sentNanos, 0, count, nanos);
    }

    /// When a picture was sent; 0 when it has not been yet.
    long at(int index) {
        return index >= 0 && index < count ? sentNanos[index] : 0;
    }

    /// How much later than its pace says the publisher sent a picture that it has sent.
    long late(int index) {
        return sentNanos[index] - dueNanos[index];
    }
}
