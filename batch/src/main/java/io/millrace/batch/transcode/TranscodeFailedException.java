package io.millrace.batch.transcode;

/// A conversion that did not come to a good end.
public final class TranscodeFailedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String code;
    private final boolean permanent;

    /// @param permanent another try would end the same way
    public TranscodeFailedException(String code, String message, boolean permanent) {
        super(message);
        this.code = code;
        this.permanent = permanent;
    }

    public String code() {
        return code;
    }

    public boolean isPermanent() {
        return permanent;
    }
}
