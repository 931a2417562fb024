package io.millrace.delivery.thumbnail;

/// This machine could not run the decoder, or not in time: nothing is said of the video.
public final class DecoderFailedException extends Exception {
    private static final long serialVersionUID = 1;

    DecoderFailedException(String message) {
        super(message);
    }
}
