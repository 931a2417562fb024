package io.millrace.delivery.failure;

/// The bytes break the rules of their format: truncated, lying sizes, impossible values.
public final class MalformedMediaException extends MediaException {
    public MalformedMediaException(String message) {
        super(message);
    }

    /// @param path where, like `moov/trak[1]/mdia/minf/stbl/stts`
    /// @param offset byte offset in the file
    public MalformedMediaException(String path, long offset, String what) {
        super(path + " at byte " + offset + ": " + what);
    }
}
