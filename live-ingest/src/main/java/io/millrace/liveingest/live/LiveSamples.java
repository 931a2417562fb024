package io.millrace.liveingest.live;

/// What is known of a fragment's samples, in decode order; their bytes lie behind each other in its
/// `mdat`. Immutable: nobody writes to the arrays.
///
/// @param sizes bytes
/// @param durations ticks
/// @param compositionOffsets presentation minus decode time, ticks; may be negative
/// @param sync whether a decoder can start there
public record LiveSamples(int[] sizes, int[] durations, int[] compositionOffsets, boolean[] sync) {
    public int count() {
        return sizes.length;
    }
}
