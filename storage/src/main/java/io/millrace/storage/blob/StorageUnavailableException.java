package io.millrace.storage.blob;

import java.io.IOException;

/// Storage is not there now: unmounted, unreachable, refusing us, or asked for too much at once. To
/// clients "service unavailable, try again" (503); it says nothing about the object.
public final class StorageUnavailableException extends IOException {
    private static final long serialVersionUID = 1L;

    public StorageUnavailableException(String message) {
        super(message);
    }

    public StorageUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
