package io.millrace.delivery.http;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.netty.handler.ssl.SslContext;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// A listener's TLS, following its files: when the chain or the key was replaced, connections from
/// then on get the new certificate; open ones keep theirs. Files that are no certificate and its
/// key change nothing but the log. Files are looked at on a virtual thread; {@link #context} is for
/// any thread.
public final class HotTls implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HotTls.class);

    /// What tells one version of the files from another.
    private record Version(List<String> marks) {}

    private final String listener;
    private final TlsOptions options;
    private final boolean http2;
    private final TicketKeys tickets = new TicketKeys();
    private final Counter reloads;
    private final Counter failures;
    private final Thread watch;
    private volatile SslContext context;
    private volatile Instant validUntil;
    private Version seen;

    private HotTls(
            String listener,
            TlsOptions options,
            boolean http2,
            Duration checkEvery,
            MeterRegistry meters)
            throws IOException {
        this.listener = listener;
        this.options = options;
        this.http2 = http2;
        List<Tag> tags = List.of(Tag.of("listener", listener));
        reloads =
                Counter.builder("millrace.tls.reloads")
                        .description("Certificates taken over while running")
                        .tags(tags)
                        .register(meters);
        failures =
                Counter.builder("millrace.tls.reload.failures")
                        .description("New certificate files that could not be used")
                        .tags(tags)
                        .register(meters);
        seen = version();
        context = TlsContexts.server(options, http2);
        if (options instanceof TlsOptions.SelfSigned) {
            // It may just have been made.
            seen = version();
        }
        tickets.applyTo(context);
        validUntil = validUntil();
        Gauge.builder("millrace.tls.certificate.days", this, HotTls::daysLeft)
                .description("Days until the certificate, or one of its issuers', ends")
                .tags(tags)
                .register(meters);
        watch = Thread.ofVirtual().name("tls-watch-" + listener).start(() -> watch(checkEvery));
    }

    /// @param http2 whether `h2` is offered by ALPN
    /// @param checkEvery how soon a replaced file is noticed
    /// @throws IOException that names the file that is wrong
    public static HotTls open(
            String listener,
            TlsOptions options,
            boolean http2,
            Duration checkEvery,
            MeterRegistry meters)
            throws IOException {
        return new HotTls(listener, options, http2, checkEvery, meters);
    }

    /// For the next connection.
    public SslContext context() {
        return context;
    }

    private double daysLeft() {
        return Duration.between(Instant.now(), validUntil).toSeconds() / 86_400.0;
    }

    private void watch(Duration checkEvery) {
        try {
            while (true) {
                Thread.sleep(checkEvery);
                check();
            }
        } catch (InterruptedException _) {
            // Closed.
        }
    }

    private void check() {
        if (tickets.rotate()) {
            tickets.applyTo(context);
        }
        Version now = version();
        if (now.equals(seen)) {
            return;
        }
        seen = now;
        try {
            SslContext next = TlsContexts.server(options, http2);
            tickets.applyTo(next);
            validUntil = validUntil();
            context = next;
            reloads.increment();
            LOG.info("{}: new certificate, valid until {}", listener, validUntil);
        } catch (IOException | RuntimeException e) {
            failures.increment();
            LOG.warn(
                    "{}: the certificate's files changed and can't be used; the old certificate"
                            + " stays: {}",
                    listener,
                    e.getMessage());
        }
    }

    private List<Path> files() {
        return switch (options) {
            case TlsOptions.Files files -> List.of(files.certificateChain(), files.privateKey());
            case TlsOptions.SelfSigned(Path folder, String _) ->
                    List.of(folder.resolve(TlsContexts.STORE));
        };
    }

    /// Size, time and identity: a file that was moved into place may have the same time.
    private Version version() {
        return new Version(files().stream().map(HotTls::mark).toList());
    }

    private static String mark(Path file) {
        try {
            var attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return attributes.lastModifiedTime()
                    + " "
                    + attributes.size()
                    + " "
                    + attributes.fileKey();
        } catch (IOException _) {
            return "missing";
        }
    }

    private Instant validUntil() throws IOException {
        if (options instanceof TlsOptions.SelfSigned(Path folder, String _)) {
            return TlsContexts.selfSignedUntil(folder);
        }
        Path chain = files().getFirst();
        try (InputStream in = Files.newInputStream(chain)) {
            Instant first = Instant.MAX;
            for (Certificate certificate :
                    CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                if (certificate instanceof X509Certificate x509
                        && x509.getNotAfter().toInstant().isBefore(first)) {
                    first = x509.getNotAfter().toInstant();
                }
            }
            if (first.equals(Instant.MAX)) {
                throw new IOException("TLS: " + chain + " holds no certificate");
            }
            return first;
        } catch (CertificateException e) {
            throw new IOException("TLS: " + chain + " is no PEM certificate chain", e);
        }
    }

    /// Stops following the files.
    @Override
    public void close() {
        watch.interrupt();
    }
}
