package io.millrace.mediaserver.lifecycle;

/// The server can't start for a reason that an operator can act on; the message is for them,
/// without a stack trace.
public final class StartException extends Exception {
    public StartException(String message) {
        super(message);
    }

    public StartException(String message, Throwable cause) {
        super(message, cause);
    }
}
