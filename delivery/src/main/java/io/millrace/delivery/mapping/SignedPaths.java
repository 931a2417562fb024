package io.millrace.delivery.mapping;

import io.millrace.storage.sign.PathSigner;

import org.jspecify.annotations.Nullable;

import java.time.InstantSource;
import java.util.List;

/// Decides whether a path may be served: `s/{token}/{path}` when the token covers the path, a bare
/// `{path}` only where unsigned paths are allowed. Thread-safe.
///
/// What a token covers is a prefix of whole segments, so all files of a `.urlset` list whose first
/// comma comes after the prefix lie below it.
public final class SignedPaths {
    private static final String MARK = "s/";

    private final @Nullable PathSigner signer;
    private final List<String> unsignedPrefixes;
    private final InstantSource clock;

    /// @param signer null when no keys are configured: then only unsigned paths can be served
    public SignedPaths(@Nullable PathSigner signer, boolean unsignedAllowed, InstantSource clock) {
        this(signer, unsignedAllowed ? List.of("") : List.of(), clock);
    }

    /// @param unsignedPrefixes starts of paths that need no signature; `""` is the start of all
    public SignedPaths(
            @Nullable PathSigner signer, List<String> unsignedPrefixes, InstantSource clock) {
        this.signer = signer;
        this.unsignedPrefixes = List.copyOf(unsignedPrefixes);
        this.clock = clock;
    }

    /// What is decided of a path.
    public sealed interface Access {
        /// @param path without its token
        record Granted(String path) implements Access {}

        /// @param reason for the one who asked
        record Refused(String reason) implements Access {}
    }

    /// @param path below the route, decoded, without leading `/`
    public Access check(String path) {
        if (!path.startsWith(MARK)) {
            return isUnsigned(path)
                    ? new Access.Granted(path)
                    : new Access.Refused(
                            "This path needs a signature: s/{token}/ before the storage key.");
        }
        int end = path.indexOf('/', MARK.length());
        if (end < 0) {
            return new Access.Refused("The signature is followed by no path.");
        }
        if (signer == null) {
            return new Access.Refused("This server has no signing keys, so it knows no signature.");
        }
        String covered = path.substring(end + 1);
        return switch (signer.verify(
                path.substring(MARK.length(), end), covered, clock.instant())) {
            case VALID -> new Access.Granted(covered);
            case EXPIRED -> new Access.Refused("The signature of this URL has expired.");
            case INVALID -> new Access.Refused("The signature does not fit this path.");
        };
    }

    private boolean isUnsigned(String path) {
        for (String prefix : unsignedPrefixes) {
            if (path.startsWith(prefix)) {
                return true;
            }
        }
        return false;
    }
}
