package io.millrace.liveingest.play;

/// The newest batches of a framing: from the newest start on, and before it what a viewer may still
/// lag behind. Batches have numbers that go up by one; viewers keep the number that is next for
/// them.
///
/// A group of pictures that passes the bound is dropped from its beginning; newcomers then wait for
/// the next start. Owns a reference of each batch. One thread at a time.
final class BatchLog {
    private static final long MAX_BYTES = 16 << 20;
    private static final int MAX_BATCHES = 4096;

    /// A ring; grows by doubling.
    private Batch[] ring = new Batch[64];

    private long first;
    private long end;
    private long newestStart = -1;
    private long bytes;

    /// The number of the oldest batch.
    long first() {
        return first;
    }

    /// The number of the batch that comes next.
    long end() {
        return end;
    }

    /// The number of the newest batch to start with; -1 when there is none.
    long newestStart() {
        return newestStart;
    }

    /// Decode time that the newest batch reaches.
    long endMs() {
        return end == first ? 0 : get(end - 1).lastTimeMs();
    }

    /// Bytes from a batch on.
    long bytesFrom(long number) {
        long sum = 0;
        for (long i = number; i < end; i++) {
            sum += get(i).bytes();
        }
        return sum;
    }

    /// @param number {@link #first}..{@link #end} - 1
    Batch get(long number) {
        if (number < first || number >= end) {
            throw new IllegalArgumentException(
                    "batch: " + number + " (expected: " + first + ".." + (end - 1) + ")");
        }
        return ring[(int) (number & ring.length - 1)];
    }

    /// Takes a reference over.
    void add(Batch batch) {
        if (end - first == ring.length) {
            grow();
        }
        ring[(int) (end & ring.length - 1)] = batch;
        if (batch.start() != null) {
            newestStart = end;
        }
        end++;
        bytes += batch.bytes();
        trim();
    }

    private void trim() {
        long endMs = endMs();
        while (end - first > 1) {
            Batch oldest = get(first);
            boolean needed = newestStart >= 0 && first >= newestStart;
            boolean lagging =
                    endMs - oldest.lastTimeMs() <= PlayOptions.MAX_LAG_MS
                            && bytes <= PlayOptions.MAX_LAG_BYTES;
            boolean fits = bytes <= MAX_BYTES && end - first <= MAX_BATCHES;
            if (fits && (needed || lagging)) {
                return;
            }
            drop();
        }
    }

    private void drop() {
        Batch oldest = get(first);
        ring[(int) (first & ring.length - 1)] = null;
        if (newestStart == first) {
            newestStart = -1;
        }
        first++;
        bytes -= oldest.bytes();
        oldest.release();
    }

    private void grow() {
        Batch[] bigger = new Batch[ring.length * 2];
        for (long i = first; i < end; i++) {
            bigger[(int) (i & bigger.length - 1)] = get(i);
        }
        ring = bigger;
    }

    /// Another log of the same batches, with the same numbers.
    BatchLog copy() {
        var copy = new BatchLog();
        copy.first = first;
        copy.end = first;
        for (long i = first; i < end; i++) {
            if (copy.end - copy.first == copy.ring.length) {
                copy.grow();
            }
            copy.ring[(int) (copy.end & copy.ring.length - 1)] = get(i).retain();
            copy.end++;
        }
        copy.newestStart = newestStart;
        copy.bytes = bytes;
        return copy;
    }

    void clear() {
        while (first < end) {
            drop();
        }
    }
}
