package io.millrace.delivery.decode;

/// All workers have something to do and enough requests wait for them; the client may try again.
public final class DecodersBusyException extends Exception {
    private static final long serialVersionUID = 1;

    public DecodersBusyException(String message) {
        super(message);
    }
}
