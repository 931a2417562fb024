package io.millrace.delivery.decode;

/// This machine could not run the decoder, or not in time: nothing is said of the media.
public final class DecoderFailedException extends Exception {
    private static final long serialVersionUID = 1;

    public DecoderFailedException(String message) {
        super(message);
    }
}
