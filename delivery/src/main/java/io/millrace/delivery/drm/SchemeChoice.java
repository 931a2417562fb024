package io.millrace.delivery.drm;

import org.jspecify.annotations.Nullable;

/// What somebody decided for a path.
///
/// @param scheme null: sent in the clear
public record SchemeChoice(@Nullable EncryptionScheme scheme) {
    public static final SchemeChoice CLEAR = new SchemeChoice(null);

    /// @param text a scheme's name or `none`
    /// @throws IllegalArgumentException when it is neither
    public static SchemeChoice of(String text) {
        if (text.equals("none")) {
            return CLEAR;
        }
        EncryptionScheme scheme = EncryptionScheme.of(text);
        if (scheme == null) {
            throw new IllegalArgumentException(
                    "scheme: " + text + " (expected: none, aes-128, sample-aes, cenc or cbcs)");
        }
        return new SchemeChoice(scheme);
    }
}
