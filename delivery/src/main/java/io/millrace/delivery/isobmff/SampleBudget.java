package io.millrace.delivery.isobmff;

import io.millrace.delivery.failure.MalformedMediaException;
import io.millrace.delivery.failure.UnsupportedMediaException;

/// How many samples a file's tables may still claim, all tracks together, before anything is
/// allocated for them. A sample that is there has a byte at least, so a file has no more samples
/// than bytes, however few bytes its tables say that with. One thread at a time.
final class SampleBudget {
    /// A day of 60 pictures a second beside a day of audio, and more.
    static final int MAX_SAMPLES = 12_000_000;

    private final long fileSizeBytes;
    private long taken;

    SampleBudget(long fileSizeBytes) {
        this.fileSizeBytes = fileSizeBytes;
    }

    /// @param at names the table in the refusal
    /// @return `samples`
    int take(BoxReader at, long samples) throws MalformedMediaException, UnsupportedMediaException {
        taken += samples;
        if (taken > fileSizeBytes) {
            throw new MalformedMediaException(
                    at.path(),
                    at.offset(),
                    taken + " samples in a file of " + fileSizeBytes + " bytes");
        }
        if (taken > MAX_SAMPLES) {
            throw new UnsupportedMediaException(
                    at.path(),
                    at.offset(),
                    taken + " samples (expected: at most " + MAX_SAMPLES + ")");
        }
        return (int) samples;
    }
}
