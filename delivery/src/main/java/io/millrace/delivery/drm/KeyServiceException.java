package io.millrace.delivery.drm;

/// A key is not to be had: the provider cannot be asked, or its answer makes no sense. The message
/// names the provider and the path, never a key, and may be shown to viewers.
public final class KeyServiceException extends Exception {
    private static final long serialVersionUID = 1;

    private final boolean temporary;

    /// An answer that makes no sense.
    public KeyServiceException(String message) {
        super(message);
        this.temporary = false;
    }

    private KeyServiceException(String message, Throwable cause) {
        super(message, cause);
        this.temporary = true;
    }

    /// The provider cannot be asked now.
    static KeyServiceException unreachable(String message, Throwable cause) {
        return new KeyServiceException(message, cause);
    }

    /// Whether asking again in a while may help.
    public boolean isTemporary() {
        return temporary;
    }
}
