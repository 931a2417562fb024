package io.millrace.delivery.thumbnail;

/// All workers have something to do and enough requests wait for them; the client may try again.
public final class PicturesBusyException extends Exception {
    private static final long serialVersionUID = 1;

    PicturesBusyException(String message) {
        super(message);
    }
}
