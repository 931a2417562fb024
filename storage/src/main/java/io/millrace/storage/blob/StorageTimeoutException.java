package io.millrace.storage.blob;

import java.io.IOException;

/// Storage did not answer within its time: it is slow beyond use, or it hangs. Whether the call has
/// an effect is unknown. To clients a gateway time-out (504).
public final class StorageTimeoutException extends IOException {
    private static final long serialVersionUID = 1L;

    public StorageTimeoutException(String message) {
        super(message);
    }

    public StorageTimeoutException(String message, Throwable cause) {
        super(message, cause);
    }
}
