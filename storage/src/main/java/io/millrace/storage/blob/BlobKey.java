package io.millrace.storage.blob;

/// The name of an object: segments of `[A-Za-z0-9_.-]` joined by `/`, at most 512 characters.
///
/// A key never leaves its store: no empty segment, none that starts with `.` (so no `..` and no
/// hidden file), none longer than a file's name may be, no leading or trailing `/`, no backslash,
/// no `%`. This is the one place that decides it; every path from outside passes through here.
public record BlobKey(String value) implements Comparable<BlobKey> {
    public static final int MAX_LENGTH = 512;
    private static final int MAX_SEGMENT_LENGTH = 200;

    public BlobKey {
        String flaw = flaw(value);
        if (flaw != null) {
            throw new IllegalArgumentException("blob key: " + flaw);
        }
    }

    public static BlobKey of(String value) {
        return new BlobKey(value);
    }

    /// Whether `value` can be a key; for input from outside, where a bad name is "not found" and
    /// not our mistake.
    public static boolean isValid(String value) {
        return flaw(value) == null;
    }

    public BlobKey child(String name) {
        return new BlobKey(value + "/" + name);
    }

    /// The last segment.
    public String name() {
        return value.substring(value.lastIndexOf('/') + 1);
    }

    private static @org.jspecify.annotations.Nullable String flaw(String value) {
        if (value.isEmpty() || value.length() > MAX_LENGTH) {
            return "length " + value.length() + " (expected: 1.." + MAX_LENGTH + ")";
        }
        int segmentStart = 0;
        for (int i = 0; i <= value.length(); i++) {
            if (i == value.length() || value.charAt(i) == '/') {
                int length = i - segmentStart;
                if (length == 0) {
                    return "empty segment at " + segmentStart;
                }
                if (value.charAt(segmentStart) == '.') {
                    return "relative or hidden segment at " + segmentStart;
                }
                if (length > MAX_SEGMENT_LENGTH) {
                    return "segment of " + length + " characters at " + segmentStart;
                }
                segmentStart = i + 1;
            } else {
                char c = value.charAt(i);
                boolean legal =
                        (c >= 'a' && c <= 'z')
                                || (c >= 'A' && c <= 'Z')
                                || (c >= '0' && c <= '9')
                                || c == '_'
                                || c == '-'
                                || c == '.';
                if (!legal) {
                    return "character at " + i + " (expected: A-Z a-z 0-9 _ - . /)";
                }
            }
        }
        return null;
    }

    @Override
    public int compareTo(BlobKey other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
