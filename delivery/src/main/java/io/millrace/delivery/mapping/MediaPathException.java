package io.millrace.delivery.mapping;

/// A path that names no media we serve, for a reason its sender should read.
public final class MediaPathException extends Exception {
    private static final long serialVersionUID = 1;

    /// What kind of reason.
    public enum Reason {
        /// The path says something that cannot be: a clip that ends before it starts.
        BAD_REQUEST,
        /// What it says is not there: a clip past the end.
        NOT_FOUND,
        /// The mapping behind it is not one.
        BAD_MAPPING,
        /// The server that keeps the mappings failed.
        BAD_UPSTREAM
    }

    private final Reason reason;

    /// @param message for the client; nothing secret
    public MediaPathException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
