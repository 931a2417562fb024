package io.millrace.delivery.mapping;

import io.millrace.storage.sign.PathSigner;
import io.netty.util.NetUtil;

import org.jspecify.annotations.Nullable;

import java.net.InetAddress;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/// Decides whether a path may be served: `s/{token}/{path}` when the token covers the path, a bare
/// `{path}` only where unsigned paths are allowed. Thread-safe.
///
/// What a token covers is a prefix of whole segments. It must cover every file that the path leads
/// to once its list is split and its parameters are taken out, not the path's text.
public final class SignedPaths {
    private static final String MARK = "s/";

    private final @Nullable PathSigner signer;
    private final List<String> unsignedPrefixes;
    private final boolean unsignedAll;
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
        this.unsignedAll = this.unsignedPrefixes.contains("");
        this.clock = clock;
    }

    /// What is decided of a path.
    public sealed interface Access {
        /// @param path without its token
        record Granted(String path) implements Access {}

        /// @param reason for the one who asked
        record Refused(String reason) implements Access {}
    }

    /// The names of the files that a path leads to.
    @FunctionalInterface
    public interface Names {
        List<String> of(String path) throws MediaPathException;
    }

    /// @param path of one file, below the route, decoded, without leading `/`
    /// @param client who asks
    public Access check(String path, InetAddress client) {
        try {
            return check(path, client, List::of);
        } catch (MediaPathException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Every file that the path leads to must be covered.
    ///
    /// @param names tells them, given the path without its token
    public Access check(String path, InetAddress client, Names names) throws MediaPathException {
        if (!hasToken(path)) {
            return unsignedAll || unsignedPrefixes.size() > 0 && isUnsigned(names.of(path))
                    ? new Access.Granted(path)
                    : new Access.Refused(
                            "This path needs a signature: s/{token}/ before the path.");
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
                path.substring(MARK.length(), end),
                asFolders(names.of(covered)),
                clock.instant(),
                NetUtil.toAddressString(client))) {
            case VALID -> new Access.Granted(covered);
            case EXPIRED -> new Access.Refused("The signature of this URL has expired.");
            case INVALID -> new Access.Refused("The signature does not fit this path.");
            case OTHER_ADDRESS ->
                    new Access.Refused("The signature does not fit this path and your address.");
        };
    }

    /// A folder called `s` is one where nothing is signed and what follows is no token.
    private boolean hasToken(String path) {
        if (!path.startsWith(MARK)) {
            return false;
        }
        if (!unsignedAll) {
            return true;
        }
        int end = path.indexOf('/', MARK.length());
        return end > 0
                && path.substring(MARK.length(), end).chars().filter(c -> c == '.').count() == 3;
    }

    /// A token may cover a file itself as well as its folders.
    private static List<String> asFolders(List<String> names) {
        var folders = new ArrayList<String>(names.size());
        for (String name : names) {
            folders.add(name + '/');
        }
        return folders;
    }

    private boolean isUnsigned(List<String> names) {
        for (String name : names) {
            if (!isUnsigned(name)) {
                return false;
            }
        }
        return true;
    }

    private boolean isUnsigned(String name) {
        for (String prefix : unsignedPrefixes) {
            if (name.startsWith(prefix)) {
                return true;
            }
        }
        return false;
    }
}
