package io.millrace.delivery.drm;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Optional;

/// Where content keys come from. Implementations are thread-safe, may block (they are called on
/// virtual threads), and put no key into what they throw or log.
public interface KeyProvider {
    /// What belongs to one key.
    ///
    /// @param systems what licence systems are to be told
    /// @param playReadyObject for `mspr:pro`, when there is one
    record Keys(ContentKey key, List<PsshBox> systems, byte @Nullable [] playReadyObject) {
        public Keys {
            systems = List.copyOf(systems);
        }
    }

    /// The key for the media stored at `path`.
    ///
    /// @return empty when the provider answers, and has none
    /// @throws KeyServiceException when it cannot be asked, or its answer makes no sense
    Optional<Keys> keys(String path, EncryptionScheme scheme) throws KeyServiceException;

    /// A provider's own opinion of how a path is encrypted, asked on event loops.
    ///
    /// @return null when it has none
    default @Nullable SchemeChoice schemeOf(String path) {
        return null;
    }

    /// Whether answers are kept for a while: no for those that are at hand anyway.
    default boolean isRemote() {
        return true;
    }
}
