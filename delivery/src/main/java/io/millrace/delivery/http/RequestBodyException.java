package io.millrace.delivery.http;

import java.io.IOException;

/// A request body that did not arrive whole.
public final class RequestBodyException extends IOException {
    private static final long serialVersionUID = 1;

    /// Why it did not.
    public enum Reason {
        /// The connection closed in the middle.
        CUT(400),
        /// It is past the route's limit.
        TOO_LARGE(413),
        /// It came slower than the smallest rate allowed.
        TOO_SLOW(408),
        /// Its framing or encoding is wrong.
        MALFORMED(400);

        private final int status;

        Reason(int status) {
            this.status = status;
        }

        /// The status an answer to it has.
        public int status() {
            return status;
        }
    }

    private final Reason reason;

    public RequestBodyException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
