package io.millrace.storage.blob;

import java.io.IOException;

/// An object was replaced or removed under its reader, and the bytes that the reader stands for
/// cannot be had any more. Opening the key again gives what is there now.
public final class BlobReplacedException extends IOException {
    private static final long serialVersionUID = 1L;

    public BlobReplacedException(String message) {
        super(message);
    }

    public BlobReplacedException(String message, Throwable cause) {
        super(message, cause);
    }
}
