package io.millrace.delivery.http;

import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

import javax.net.ssl.SSLException;

/// TLS 1.2 and 1.3 contexts: BoringSSL where its library loads (it needs a third less CPU), else
/// the JDK's.
public final class TlsContexts {
    private static final String ALIAS = "millrace";
    static final String STORE = "self-signed.p12";
    private static final Duration VALIDITY = Duration.ofDays(825);
    private static final Duration RENEW_BEFORE = Duration.ofDays(30);
    private static final long KEYTOOL_SECONDS = 60;

    /// The file is protected by its mode; PKCS#12 wants a password all the same.
    private static final char[] STORE_PASSWORD = "millrace".toCharArray();

    private static final ApplicationProtocolConfig ALPN =
            new ApplicationProtocolConfig(
                    ApplicationProtocolConfig.Protocol.ALPN,
                    ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                    ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                    ApplicationProtocolNames.HTTP_2,
                    ApplicationProtocolNames.HTTP_1_1);

    private TlsContexts() {}

    /// For a protocol that needs no ALPN.
    ///
    /// @throws IOException that names the file that is wrong
    public static SslContext server(TlsOptions options) throws IOException {
        return server(options, false);
    }

    /// @param http2 whether `h2` is offered to clients
    /// @throws IOException that names the file that is wrong
    static SslContext server(TlsOptions options, boolean http2) throws IOException {
        SslContextBuilder builder =
                switch (options) {
                    case TlsOptions.Files(Path chain, Path key, @Nullable String password) ->
                            fromFiles(chain, key, password);
                    case TlsOptions.SelfSigned(Path folder, String hostName) ->
                            selfSigned(folder, hostName);
                };
        if (http2) {
            builder.applicationProtocolConfig(ALPN);
        }
        try {
            return builder.sslProvider(
                            OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK)
                    .protocols("TLSv1.3", "TLSv1.2")
                    .build();
        } catch (SSLException e) {
            throw new IOException("TLS: certificate and key do not fit together", e);
        }
    }

    private static SslContextBuilder fromFiles(Path chain, Path key, @Nullable String password)
            throws IOException {
        for (Path file : List.of(chain, key)) {
            if (!Files.isReadable(file)) {
                throw new IOException("TLS: " + file + " does not exist or cannot be read");
            }
        }
        try {
            return SslContextBuilder.forServer(chain.toFile(), key.toFile(), password);
        } catch (IllegalArgumentException e) {
            throw new IOException(
                    "TLS: "
                            + chain
                            + " and "
                            + key
                            + " are not a PEM certificate chain and its PKCS#8 key",
                    e);
        }
    }

    private static SslContextBuilder selfSigned(Path folder, String hostName) throws IOException {
        Path store = folder.resolve(STORE);
        try {
            if (!Files.exists(store) || isEnding(load(store))) {
                make(folder, store, hostName);
            }
            KeyStore keys = load(store);
            var key = (PrivateKey) keys.getKey(ALIAS, STORE_PASSWORD);
            Certificate[] chain = keys.getCertificateChain(ALIAS);
            if (key == null || chain == null) {
                throw new IOException("TLS: " + store + " holds no key named " + ALIAS);
            }
            return SslContextBuilder.forServer(
                    key, Arrays.copyOf(chain, chain.length, X509Certificate[].class));
        } catch (GeneralSecurityException e) {
            throw new IOException(
                    "TLS: " + store + " cannot be read; remove it and a new one is made", e);
        }
    }

    /// Until when the certificate kept in `folder` is valid.
    static Instant selfSignedUntil(Path folder) throws IOException {
        Path store = folder.resolve(STORE);
        try {
            return load(store).getCertificate(ALIAS) instanceof X509Certificate certificate
                    ? certificate.getNotAfter().toInstant()
                    : Instant.MAX;
        } catch (GeneralSecurityException e) {
            throw new IOException("TLS: " + store + " cannot be read", e);
        }
    }

    private static KeyStore load(Path store) throws IOException, GeneralSecurityException {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, STORE_PASSWORD);
        }
        return keys;
    }

    private static boolean isEnding(KeyStore keys) throws GeneralSecurityException {
        return !(keys.getCertificate(ALIAS) instanceof X509Certificate certificate)
                || certificate.getNotAfter().toInstant().isBefore(Instant.now().plus(RENEW_BEFORE));
    }

    /// By the JDK's keytool: the JDK has no public API that signs certificates.
    private static void make(Path folder, Path store, String hostName) throws IOException {
        if (!hostName.matches("[A-Za-z0-9.-]{1,253}")) {
            throw new IllegalArgumentException(
                    "hostName: " + hostName + " (expected: a host name)");
        }
        Files.createDirectories(folder);
        Path unfinished = folder.resolve(STORE + "." + ProcessHandle.current().pid() + ".tmp");
        Files.deleteIfExists(unfinished);
        Process keytool =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "keytool")
                                        .toString(),
                                "-genkeypair",
                                "-alias",
                                ALIAS,
                                "-keyalg",
                                "EC",
                                "-groupname",
                                "secp256r1",
                                "-dname",
                                "CN=" + hostName,
                                "-ext",
                                "SAN=dns:" + hostName + ",dns:localhost,ip:127.0.0.1,ip:::1",
                                "-validity",
                                Long.toString(VALIDITY.toDays()),
                                "-storetype",
                                "PKCS12",
                                "-keystore",
                                unfinished.toString(),
                                "-storepass",
                                new String(STORE_PASSWORD))
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        try {
            if (!keytool.waitFor(KEYTOOL_SECONDS, TimeUnit.SECONDS) || keytool.exitValue() != 0) {
                throw new IOException("TLS: keytool could not make a certificate in " + folder);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while making a certificate", e);
        } finally {
            keytool.destroyForcibly();
        }
        Files.setPosixFilePermissions(unfinished, PosixFilePermissions.fromString("rw-------"));
        Files.move(unfinished, store, StandardCopyOption.ATOMIC_MOVE);
    }
}
