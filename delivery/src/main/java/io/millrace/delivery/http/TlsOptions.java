package io.millrace.delivery.http;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;

/// Where a TLS listener's certificate comes from.
public sealed interface TlsOptions {
    /// PEM files of the operator.
    ///
    /// @param certificateChain the certificate, then its issuers
    /// @param privateKey PKCS#8
    /// @param password of the key, null when it has none
    record Files(Path certificateChain, Path privateKey, @Nullable String password)
            implements TlsOptions {}

    /// A self-signed certificate, made once and kept in `folder`; browsers warn about it.
    ///
    /// @param hostName its subject
    record SelfSigned(Path folder, String hostName) implements TlsOptions {}
}
