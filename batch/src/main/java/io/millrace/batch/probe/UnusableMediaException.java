package io.millrace.batch.probe;

/// A file that no later try will make usable. The message is for the person who uploaded it.
public final class UnusableMediaException extends Exception {
    private static final long serialVersionUID = 1L;

    /// Why; the names go over the wire as the job's error code.
    public enum Reason {
        EMPTY_FILE,
        NOT_MEDIA,
        UNSUPPORTED_FORMAT,
        TRUNCATED,
        DAMAGED,
        NO_PICTURE_OR_SOUND,
        TOO_MANY_STREAMS,
        PICTURE_TOO_LARGE,
        NO_DURATION
    }

    private final Reason reason;

    public UnusableMediaException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
