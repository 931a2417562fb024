package io.millrace.delivery.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.storage.blob.LocalBlobStore;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import java.util.zip.GZIPInputStream;

class AccessLogTest {
    @TempDir Path folder;

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    private AccessLogOptions options(AccessLogFormat format, long rotateBytes, boolean compress) {
        return new AccessLogOptions(
                folder.resolve("spool"),
                "node-1",
                format,
                true,
                compress,
                rotateBytes,
                Duration.ofMinutes(5));
    }

    private LocalBlobStore store() throws IOException {
        return new LocalBlobStore(folder.resolve("storage"), meters);
    }

    /// The published files' lines, each file checked against its trailer, trailers left out.
    private List<String> published() throws IOException {
        var lines = new ArrayList<String>();
        List<Path> files;
        try (Stream<Path> walk = Files.walk(folder.resolve("storage/logs/access"))) {
            files = walk.filter(Files::isRegularFile).sorted().toList();
        }
        for (Path file : files) {
            assertThat(folder.resolve("storage").relativize(file).toString())
                    .matches(
                            "logs/access/\\d{4}/\\d\\d/\\d\\d/\\d\\d/node-1-[0-9a-z]+-\\d{6}\\.log(\\.gz)?");
            byte[] bytes = Files.readAllBytes(file);
            if (file.toString().endsWith(".gz")) {
                bytes = new GZIPInputStream(new ByteArrayInputStream(bytes)).readAllBytes();
            }
            lines.addAll(checked(new String(bytes, StandardCharsets.US_ASCII)));
        }
        return lines;
    }

    private static List<String> checked(String text) {
        assertThat(text).endsWith("\n");
        int last = text.lastIndexOf('\n', text.length() - 2) + 1;
        String body = text.substring(0, last);
        byte[] bytes = body.getBytes(StandardCharsets.US_ASCII);
        var crc = new CRC32C();
        crc.update(bytes);
        AccessLogFormat format =
                text.startsWith("{")
                        ? AccessLogFormat.JSON
                        : text.startsWith("#V") ? AccessLogFormat.W3C : AccessLogFormat.COMBINED;
        assertThat(text.substring(last))
                .isEqualTo(format.trailer(body.lines().count(), bytes.length, crc.getValue()));
        return body.lines().filter(line -> !line.startsWith("#")).toList();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
                    COMBINED | ^127\\.0\\.0\\.0 - - \\[\\d\\d/\\w{3}/\\d{4}:\\d\\d:\\d\\d:\\d\\d \\+0000\\] "GET /small/s/\\*/x\\?a=b&ks=\\* HTTP/1\\.1" 200 17 "http://page/\\?token=\\*" "agent \\\\"7\\\\" \\\\xe9" \\d+\\.\\d{3} id-1 - test$
                    W3C      | ^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3} 127\\.0\\.0\\.0 GET /small/s/\\*/x a=b&ks=\\* HTTP/1\\.1 200 17 \\d+\\.\\d{6} http://page/\\?token=\\* agent\\+\\\\"7\\\\"\\+\\\\xe9 id-1 - test$
                    JSON     | ^\\{"time":"\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z","address":"127\\.0\\.0\\.0","method":"GET","path":"/small/s/\\*/x","query":"a=b&ks=\\*","protocol":"HTTP/1\\.1","status":200,"bytes":17,"duration_ms":\\d+\\.\\d{3},"referer":"http://page/\\?token=\\*","agent":"agent \\\\"7\\\\" \\\\u00e9","request_id":"id-1","cache":"","listener":"test"\\}$
                    """)
    void aLineSaysWhatWasAskedAndAnswered(AccessLogFormat format, String line) throws Exception {
        var router = new HttpRouter();
        router.add("/small", "small", e -> e.reply(HttpReply.text(200, "0123456789abcdef")));
        EventLoops loops = EventLoops.start(1);
        try (LocalBlobStore store = store();
                AccessLog log = AccessLog.start(options(format, 1 << 20, false), store, meters);
                HttpServer server = server(router, loops, log);
                RawClient client = new RawClient(server.localPort())) {
            client.exchange(
                    "GET",
                    "/small/s/abc.def/x?a=b&ks=secret",
                    "User-Agent: agent \"7\" \u00e9",
                    "Referer: http://page/?token=secret",
                    "X-Request-Id: id-1");
        } finally {
            loops.close();
        }
        assertThat(published()).hasSize(1).first().asString().matches(line);
    }

    private static HttpServer server(HttpRouter router, EventLoops loops, AccessLog log)
            throws IOException {
        return new HttpServer(
                        HttpServerOptions.of("test", "127.0.0.1", 0).withAccessLog(log),
                        router,
                        loops)
                .start();
    }

    private static AccessEntry entry(int number) throws IOException {
        return new AccessEntry(
                System.currentTimeMillis(),
                "test",
                InetAddress.ofLiteral("2001:db8:1:2:3:4:5:6"),
                "GET",
                "/n/" + number,
                "",
                RequestHead.Protocol.HTTP_2,
                206,
                1000,
                1_000_000,
                null,
                null,
                null,
                true);
    }

    @Test
    void noLineIsLostAtRotationNorAtTheEnd() throws Exception {
        int total = 30_000;
        try (LocalBlobStore store = store();
                AccessLog log =
                        AccessLog.start(
                                options(AccessLogFormat.COMBINED, 200_000, true), store, meters)) {
            for (int i = 0; i < total; i++) {
                while (meters.get("millrace.access.log.waiting").gauge().value() > 10_000) {
                    Thread.onSpinWait();
                }
                log.add(entry(i));
            }
        }
        List<String> lines = published();
        var numbers = new HashSet<String>();
        lines.forEach(line -> numbers.add(line.split(" ")[6]));
        assertThat(lines).hasSize(total).allMatch(line -> line.startsWith("2001:db8:1:0:0:0:0:0 "));
        assertThat(numbers).hasSize(total);
        assertThat(meters.get("millrace.access.log.files").counter().count()).isGreaterThan(10);
        assertThat(Files.list(folder.resolve("spool"))).isEmpty();
    }

    @Test
    void whatDoesNotFitIsCountedAndNobodyWaits() throws Exception {
        int total = 500_000;
        AccessEntry entry = entry(1);
        try (LocalBlobStore store = store();
                AccessLog log =
                        AccessLog.start(
                                options(AccessLogFormat.JSON, 1 << 30, false), store, meters)) {
            for (int i = 0; i < total; i++) {
                log.add(entry);
            }
        }
        double dropped =
                meters.get("millrace.access.log.dropped").tag("reason", "queue").counter().count();
        assertThat(dropped).isPositive();
        assertThat(published().size() + dropped).isEqualTo(total);
    }

    /// The child of the next test.
    static final class Child {
        private Child() {}

        /// @param args the folder
        public static void main(String[] args) throws Exception {
            Path folder = Path.of(args[0]);
            var meters = new SimpleMeterRegistry();
            var store = new LocalBlobStore(folder.resolve("storage"), meters);
            var log =
                    AccessLog.start(
                            new AccessLogOptions(
                                    folder.resolve("spool"),
                                    "node-1",
                                    AccessLogFormat.COMBINED,
                                    true,
                                    false,
                                    20_000,
                                    Duration.ofMinutes(5)),
                            store,
                            meters);
            var router = new HttpRouter();
            router.add("/", "root", e -> e.reply(HttpReply.text(200, "hello")));
            HttpServer server = server(router, EventLoops.start(1), log);
            System.out.println(PORT + server.localPort());
            System.out.flush();
            new java.util.concurrent.CountDownLatch(1).await();
        }
    }

    /// What the child says before its port; the rest of its output is its logging's.
    private static final String PORT = "port ";

    @Test
    void aKilledProcessLosesNoLineThatWasWritten() throws Exception {
        int answered = 0;
        Process child =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Child.class.getName(),
                                folder.toString())
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        try (var out =
                new BufferedReader(
                        new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
            String said = out.readLine();
            while (said != null && !said.startsWith(PORT)) {
                said = out.readLine();
            }
            int port = Integer.parseInt(String.valueOf(said).substring(PORT.length()));
            try (RawClient client = new RawClient(port)) {
                for (; answered < 1500; answered++) {
                    assertThat(client.exchange("GET", "/n/" + answered).status()).isEqualTo(200);
                }
                // Soon after its answer a request's line is in the kernel's hands.
                int wanted = answered;
                await().pollInterval(Duration.ofMillis(20))
                        .atMost(Duration.ofSeconds(60))
                        .untilAsserted(() -> assertThat(written()).isEqualTo(wanted));
                // These may be lost, or written in part.
                for (int i = 0; i < 300; i++) {
                    client.exchange("GET", "/n/" + (answered + i));
                }
            }
        } finally {
            // SIGKILL.
            child.destroyForcibly().waitFor();
        }
        List<Path> left;
        try (Stream<Path> files = Files.list(folder.resolve("spool"))) {
            left = files.filter(f -> f.toString().endsWith(".open")).toList();
        }
        assertThat(left).hasSizeLessThanOrEqualTo(1);
        for (Path file : left) {
            Files.writeString(file, "127.0.0.0 - - [a torn li", StandardOpenOption.APPEND);
        }
        try (LocalBlobStore store = store()) {
            AccessLog.start(options(AccessLogFormat.COMBINED, 1 << 20, false), store, meters)
                    .close();
        }
        List<String> lines = published();
        var numbers = new HashSet<String>();
        lines.forEach(line -> numbers.add(line.split(" ")[6]));
        assertThat(lines)
                .hasSizeBetween(answered, answered + 300)
                .noneMatch(l -> l.contains("torn"));
        assertThat(numbers).hasSize(lines.size());
        for (int i = 0; i < answered; i++) {
            assertThat(numbers).contains("/n/" + i);
        }
        assertThat(Files.list(folder.resolve("spool"))).isEmpty();
    }

    /// Lines of requests in all files, wherever they are now.
    private long written() throws IOException {
        long lines = 0;
        List<Path> files;
        try (Stream<Path> walk = Files.walk(folder)) {
            files =
                    walk.filter(
                                    f ->
                                            f.toString().matches(".*\\.(open|log)")
                                                    && !f.toString().contains("staging"))
                            .toList();
        }
        for (Path file : files) {
            try (Stream<String> text = Files.lines(file)) {
                lines += text.filter(line -> line.contains("\"GET /n/")).count();
            } catch (java.nio.file.NoSuchFileException _) {
                // Renamed meanwhile; the next look counts it.
                return -1;
            }
        }
        return lines;
    }
}
