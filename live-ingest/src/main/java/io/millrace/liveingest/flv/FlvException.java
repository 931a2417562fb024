package io.millrace.liveingest.flv;

/// A tag body that breaks its format. The unit is dropped; the stream goes on.
public final class FlvException extends Exception {
    private static final long serialVersionUID = 1L;

    public FlvException(String message) {
        super(message);
    }
}
