package io.millrace.delivery.failure;

/// Somebody else's bytes are not what we can serve. The message names the box path or field, the
/// byte offset where known, and what was expected; it may be shown to the one who sent the file.
public abstract sealed class MediaException extends Exception
        permits MalformedMediaException, UnsupportedMediaException {
    MediaException(String message) {
        super(message);
    }
}
