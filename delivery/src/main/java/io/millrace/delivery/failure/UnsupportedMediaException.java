package io.millrace.delivery.failure;

/// The bytes may be right, but this server does not serve them: an unknown codec, a limit passed.
public final class UnsupportedMediaException extends MediaException {
    public UnsupportedMediaException(String message) {
        super(message);
    }

    public UnsupportedMediaException(String path, long offset, String what) {
        super(path + " at byte " + offset + ": " + what);
    }
}
