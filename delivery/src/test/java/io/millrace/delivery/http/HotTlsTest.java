package io.millrace.delivery.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

class HotTlsTest {
    @TempDir Path folder;

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    /// Puts a new chain and key in place, each by a rename.
    private void certificate(String name, int days) throws Exception {
        Path made = Files.createTempDirectory(folder, "made");
        Path store = made.resolve("store.p12");
        Process keytool =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "keytool")
                                        .toString(),
                                "-genkeypair",
                                "-alias",
                                "a",
                                "-keyalg",
                                "EC",
                                "-dname",
                                "CN=" + name,
                                "-validity",
                                Integer.toString(days),
                                "-storetype",
                                "PKCS12",
                                "-keystore",
                                store.toString(),
                                "-storepass",
                                "secret")
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        assertThat(keytool.waitFor()).isZero();
        char[] password = "secret".toCharArray();
        KeyStore keys = KeyStore.getInstance(store.toFile(), password);
        put("key.pem", "PRIVATE KEY", keys.getKey("a", password).getEncoded());
        put("chain.pem", "CERTIFICATE", keys.getCertificate("a").getEncoded());
    }

    private void put(String name, String kind, byte[] bytes) throws IOException {
        String text =
                "-----BEGIN "
                        + kind
                        + "-----\n"
                        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes)
                        + "\n-----END "
                        + kind
                        + "-----\n";
        Path temporary = folder.resolve(name + ".tmp");
        Files.writeString(temporary, text);
        Files.move(temporary, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }

    static SSLContext trustingAll() throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        TrustManager all =
                new X509TrustManager() {
                    @Override
                    public void checkClientTrusted(X509Certificate[] chain, String type) {}

                    @Override
                    public void checkServerTrusted(X509Certificate[] chain, String type) {}

                    @Override
                    public X509Certificate[] getAcceptedIssuers() {
                        return new X509Certificate[0];
                    }
                };
        context.init(null, new TrustManager[] {all}, new SecureRandom());
        return context;
    }

    /// Who the server says it is to a new client.
    private static String subject(int port) throws Exception {
        try (SSLSocket socket =
                (SSLSocket) trustingAll().getSocketFactory().createSocket("127.0.0.1", port)) {
            socket.startHandshake();
            var certificate = (X509Certificate) socket.getSession().getPeerCertificates()[0];
            return certificate.getSubjectX500Principal().getName();
        }
    }

    private TlsOptions.Files files() {
        return new TlsOptions.Files(folder.resolve("chain.pem"), folder.resolve("key.pem"), null);
    }

    @Test
    void newFilesServeNewConnectionsAndBrokenOnesChangeNothing() throws Exception {
        certificate("first", 10);
        var router = new HttpRouter();
        router.add("/", "root", e -> e.reply(HttpReply.text(200, "hello")));
        EventLoops loops = EventLoops.start(1);
        try (HttpServer server =
                new HttpServer(
                                HttpServerOptions.of("https", "127.0.0.1", 0)
                                        .withTls(files())
                                        .withTlsCheck(Duration.ofMillis(20))
                                        .withMeters(meters),
                                router,
                                loops)
                        .start()) {
            int port = server.localPort();
            assertThat(subject(port)).isEqualTo("CN=first");
            assertThat(days()).isBetween(9.9, 10.1);
            SSLSocket old =
                    (SSLSocket) trustingAll().getSocketFactory().createSocket("127.0.0.1", port);
            try (RawClient client = new RawClient(old)) {
                assertThat(client.exchange("GET", "/").status()).isEqualTo(200);
                certificate("second", 40);
                await().untilAsserted(() -> assertThat(subject(port)).isEqualTo("CN=second"));
                assertThat(days()).isBetween(39.9, 40.1);
                // A connection that is open stays.
                assertThat(client.exchange("GET", "/").status()).isEqualTo(200);
            }
            double failures = failures();
            Files.writeString(folder.resolve("chain.pem"), "no certificate");
            await().untilAsserted(() -> assertThat(failures()).isGreaterThan(failures));
            assertThat(subject(port)).isEqualTo("CN=second");
            Files.delete(folder.resolve("key.pem"));
            await().untilAsserted(() -> assertThat(failures()).isGreaterThan(failures + 1));
            assertThat(subject(port)).isEqualTo("CN=second");
            certificate("third", 5);
            await().untilAsserted(() -> assertThat(subject(port)).isEqualTo("CN=third"));
        } finally {
            loops.close();
        }
    }

    private double days() {
        return meters.get("millrace.tls.certificate.days").gauge().value();
    }

    private double failures() {
        return meters.get("millrace.tls.reload.failures").counter().count();
    }

    @Test
    void clientsResumeTheirSessions() throws Exception {
        certificate("first", 10);
        var router = new HttpRouter();
        router.add("/", "root", e -> e.reply(HttpReply.text(200, "hello")));
        EventLoops loops = EventLoops.start(1);
        for (String protocol : new String[] {"TLSv1.3", "TLSv1.2"}) {
            SSLContext client = trustingAll();
            try (HttpServer server =
                    new HttpServer(
                                    HttpServerOptions.of("https", "127.0.0.1", 0).withTls(files()),
                                    router,
                                    loops)
                            .start()) {
                long[] created = new long[2];
                for (int i = 0; i < 2; i++) {
                    SSLSocket socket =
                            (SSLSocket)
                                    client.getSocketFactory()
                                            .createSocket("127.0.0.1", server.localPort());
                    socket.setEnabledProtocols(new String[] {protocol});
                    try (RawClient raw = new RawClient(socket)) {
                        assertThat(raw.exchange("GET", "/").text()).isEqualTo("hello\n");
                        created[i] = socket.getSession().getCreationTime();
                    }
                    long later = System.currentTimeMillis() + 5;
                    await().pollInterval(Duration.ofMillis(2))
                            .until(() -> System.currentTimeMillis() > later);
                }
                assertThat(created[1]).as(protocol).isEqualTo(created[0]);
            }
        }
        loops.close();
    }

    @Test
    void aStartWithBrokenFilesSaysWhichOne() throws Exception {
        Files.writeString(folder.resolve("chain.pem"), "x", StandardCharsets.US_ASCII);
        Files.writeString(folder.resolve("key.pem"), "y", StandardCharsets.US_ASCII);
        assertThatThrownBy(() -> HotTls.open("https", files(), true, Duration.ofSeconds(1), meters))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("chain.pem");
    }
}
