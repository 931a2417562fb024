package io.millrace.delivery.http;

/// A request that cannot be served, with the status and the sentence its sender gets to read.
public final class HttpProblem extends Exception {
    private static final long serialVersionUID = 1;

    private final int status;

    /// @param message names what was wrong; it goes to the client, so nothing secret
    public HttpProblem(int status, String message) {
        super(message);
        if (status < 400 || status > 599) {
            throw new IllegalArgumentException("status: " + status + " (expected: 400..599)");
        }
        this.status = status;
    }

    public int status() {
        return status;
    }

    /// The text every plain error answer carries.
    public String text() {
        return String.valueOf(getMessage());
    }
}
