package io.millrace.batch.probe;

/// ffprobe did not do its work: ended by a limit, out of memory, not runnable. A later try may
/// succeed.
public final class ProbeFailedException extends Exception {
    private static final long serialVersionUID = 1L;

    public ProbeFailedException(String message) {
        super(message);
    }
}
