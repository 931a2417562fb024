package io.millrace.delivery.isobmff;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;

/// Boxes inside a visual sample entry that decoders can do without and manifests want: `colr`,
/// `dvcC`.
public final class SampleEntryBoxes {
    private static final int VISUAL_SAMPLE_ENTRY = 86;

    private SampleEntryBoxes() {}

    /// What a child of a visual sample entry holds, without its header.
    ///
    /// @param sampleEntry the whole box
    /// @return null when there is none, or it is cut short
    public static byte @Nullable [] find(byte[] sampleEntry, String type) {
        int wanted = FourCc.of(type);
        int at = VISUAL_SAMPLE_ENTRY;
        while (at + 8 <= sampleEntry.length) {
            int size = i32(sampleEntry, at);
            if (size < 8 || size > sampleEntry.length - at) {
                return null;
            }
            if (i32(sampleEntry, at + 4) == wanted) {
                return Arrays.copyOfRange(sampleEntry, at + 8, at + size);
            }
            at += size;
        }
        return null;
    }

    private static int i32(byte[] bytes, int at) {
        return (bytes[at] & 0xFF) << 24
                | (bytes[at + 1] & 0xFF) << 16
                | (bytes[at + 2] & 0xFF) << 8
                | bytes[at + 3] & 0xFF;
    }
}
