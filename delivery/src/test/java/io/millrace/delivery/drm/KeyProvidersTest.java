package io.millrace.delivery.drm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;

/// Keys out of files and out of services, which are real HTTP servers.
class KeyProvidersTest {
    private static final String KEY = "00112233445566778899aabbccddeeff";
    private static final byte[] KEY_BYTES = HexFormat.of().parseHex(KEY);
    private static final UUID KEY_ID = UUID.fromString("10000000-2000-4000-8000-300000000000");
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    @TempDir Path folder;
    private HttpServer service;
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private volatile int status = 200;
    private volatile byte[] answer = {};

    @BeforeEach
    void startService() throws Exception {
        service = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        service.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        service.createContext(
                "/",
                exchange -> {
                    String body =
                            new String(
                                    exchange.getRequestBody().readAllBytes(),
                                    StandardCharsets.UTF_8);
                    asked.add(
                            exchange.getRequestMethod()
                                    + ' '
                                    + exchange.getRequestURI().getPath()
                                    + ' '
                                    + body);
                    byte[] reply = answer;
                    if (reply.length == 0 && !body.isEmpty()) {
                        reply = cpixAnswer(body);
                    }
                    exchange.sendResponseHeaders(status, reply.length);
                    exchange.getResponseBody().write(reply);
                    exchange.close();
                });
        service.start();
    }

    @AfterEach
    void stopService() {
        service.stop(0);
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + service.getAddress().getPort() + path);
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    private KeyFile keyFile(String json) throws Exception {
        return KeyFile.open(Files.writeString(folder.resolve("keys.json"), json));
    }

    @Test
    void theMostExactEntryOfAKeyFileWins() throws Exception {
        KeyFile file =
                keyFile(
                        """
                        {"keys": [
                          {"path": "movies/", "kid": "10000000-2000-4000-8000-300000000000",
                           "key": "00112233445566778899aabbccddeeff", "scheme": "cbcs",
                           "iv": "000102030405060708090a0b0c0d0e0f",
                           "pssh": [{"uuid": "edef8ba9-79d6-4ace-a3c8-27dcd51d21ed",
                                     "data": "AAEC"}]},
                          {"path": "movies/free/", "scheme": "none"},
                          {"path": "*/trailer-*.mp4", "key": "ABEiM0RVZneImaq7zN3u/w=="}],
                         "default": {"key": "ffeeddccbbaa99887766554433221100"}}
                        """);
        KeyProvider.Keys movie = file.keys("movies/a.mp4", EncryptionScheme.CBCS).orElseThrow();
        assertThat(movie.key())
                .isEqualTo(
                        new ContentKey(
                                KEY_ID,
                                KEY_BYTES,
                                HexFormat.of().parseHex("000102030405060708090a0b0c0d0e0f")));
        assertThat(movie.systems().getFirst().box())
                .isEqualTo(
                        HexFormat.of()
                                .parseHex(
                                        "0000002370737368"
                                                + "00000000"
                                                + "edef8ba979d64acea3c827dcd51d21ed"
                                                + "00000003000102"));
        assertThat(file.schemeOf("movies/a.mp4")).isEqualTo(SchemeChoice.of("cbcs"));
        assertThat(file.schemeOf("movies/free/a.mp4")).isEqualTo(SchemeChoice.CLEAR);
        assertThat(file.keys("x/trailer-1.mp4", EncryptionScheme.CENC).orElseThrow().key().key())
                .isEqualTo(KEY_BYTES);
        assertThat(file.schemeOf("x/trailer-1.mp4")).isNull();
        assertThat(file.keys("else", EncryptionScheme.CENC).orElseThrow().key().key())
                .startsWith(0xff, 0xee);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"keys\": [{\"path\": \"a\", \"key\": \"00112233445566778899aabbccddeeffSECRET\"}]}",
                "{\"keys\": [{\"path\": \"a\", \"key\": 00112233445566778899aabbccddeeffSECRET}]}",
                "{\"keys\": [{\"key\": \"00112233445566778899aabbccddeeff\"}]}",
                "{\"keys\": [{\"path\": \"a\", \"kay\": \"00112233445566778899aabbccddeeff\"}]}",
                "{\"default\": {\"key\": \"SECRET\"}}",
                "{\"default\": {\"key\": \"00112233445566778899aabbccddeeff\", \"scheme\": \"x\"}}",
                "{}",
                "nothing"
            })
    void aWrongKeyFileIsToldWithoutItsKeys(String json) {
        assertThatThrownBy(() -> keyFile(json))
                .isInstanceOf(KeyServiceException.class)
                .hasMessageContaining("keys.json")
                .satisfies(
                        e ->
                                assertThat(e.getMessage())
                                        .doesNotContain("00112233")
                                        .doesNotContain("SECRET"));
    }

    @Test
    void asksAKeyServiceAsNginxVodDoes() throws Exception {
        answer =
                ("""
                [{"key_id": "%s", "key": "%s",
                  "pssh": [{"uuid": "9a04f079-9840-4286-ab92-e65be0885f95", "data": "AAEC"}]}]
                """)
                        .formatted(base64(ContentKey.bytes(KEY_ID)), base64(KEY_BYTES))
                        .getBytes(StandardCharsets.UTF_8);
        try (var keys = new HttpKeyService(uri("/udrm/keys"), TIMEOUT)) {
            KeyProvider.Keys found =
                    keys.keys("movies/Große Töne.mp4", EncryptionScheme.CENC).orElseThrow();
            assertThat(found.key()).isEqualTo(new ContentKey(KEY_ID, KEY_BYTES, null));
            assertThat(found.systems().getFirst().systemId()).isEqualTo(PsshBox.PLAYREADY);
            assertThat(asked).containsExactly("GET /udrm/keys/movies/Große Töne.mp4 ");
            status = 404;
            assertThat(keys.keys("other", EncryptionScheme.CENC)).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "null",
                "[{\"key\": \"c2VjcmV0LXNlY3JldA==\"}]",
                "[{\"key_id\": \"AAAAAAAAAAAAAAAAAAAAAA==\", \"key\": \"c2VjcmV0LXNlY3JldA==\"}]",
                "[{\"key\": \"c2VjcmV0LXNlY3JldA==\"",
                "<html>c2VjcmV0LXNlY3JldA=="
            })
    void anAnswerThatMakesNoSenseIsToldWithoutItsKeys(String json) {
        answer = json.getBytes(StandardCharsets.UTF_8);
        try (var keys = new HttpKeyService(uri("/"), TIMEOUT)) {
            assertThatThrownBy(() -> keys.keys("a.mp4", EncryptionScheme.CENC))
                    .isInstanceOfSatisfying(
                            KeyServiceException.class, e -> assertThat(e.isTemporary()).isFalse())
                    .hasMessageContaining("a.mp4")
                    .satisfies(e -> assertThat(e.getMessage()).doesNotContain("c2VjcmV0"));
        }
    }

    @Test
    void anAnswerThatIsTooLongOrNeverComesIsGivenUp() throws Exception {
        answer = new byte[1 << 20];
        try (var keys = new HttpKeyService(uri("/"), TIMEOUT)) {
            assertThatThrownBy(() -> keys.keys("a.mp4", EncryptionScheme.CENC))
                    .isInstanceOf(KeyServiceException.class);
        }
        try (var silent = new java.net.ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                var keys =
                        new HttpKeyService(
                                URI.create("http://127.0.0.1:" + silent.getLocalPort()),
                                Duration.ofMillis(200))) {
            assertThatThrownBy(() -> keys.keys("a.mp4", EncryptionScheme.CENC))
                    .isInstanceOfSatisfying(
                            KeyServiceException.class, e -> assertThat(e.isTemporary()).isTrue());
        }
    }

    /// What a CPIX service does: it puts keys into the document it gets.
    private static byte[] cpixAnswer(String request) {
        String playReady = "<mspr:pro xmlns:mspr=\"urn:microsoft:playready\">AQID</mspr:pro>";
        return request.replace(
                        "/>\n </cpix:ContentKeyList>",
                        "><cpix:Data><pskc:Secret><pskc:PlainValue>"
                                + base64(KEY_BYTES)
                                + "</pskc:PlainValue></pskc:Secret></cpix:Data></cpix:ContentKey>\n"
                                + " </cpix:ContentKeyList>")
                .replaceAll(
                        "(<cpix:DRMSystem [^>]*9a04f079[^>]*)/>",
                        "$1><cpix:PSSH>"
                                + base64(
                                        new PsshBox(PsshBox.PLAYREADY, List.of(), new byte[] {9})
                                                .box())
                                + "</cpix:PSSH><cpix:ContentProtectionData>"
                                + base64(playReady.getBytes(StandardCharsets.UTF_8))
                                + "</cpix:ContentProtectionData></cpix:DRMSystem>")
                .replaceAll(
                        "(<cpix:DRMSystem [^>]*94ce86fb[^>]*)/>",
                        "$1><cpix:HLSSignalingData playlist=\"media\">"
                                + base64(
                                        "#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"skd://k1\""
                                                .getBytes(StandardCharsets.UTF_8))
                                + "</cpix:HLSSignalingData></cpix:DRMSystem>")
                .getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void exchangesCpixDocuments() throws Exception {
        try (var keys =
                new CpixKeyService(
                        uri("/cpix"), List.of(PsshBox.PLAYREADY, PsshBox.FAIRPLAY), TIMEOUT)) {
            KeyProvider.Keys found =
                    keys.keys("movies/a&b.mp4", EncryptionScheme.CBCS).orElseThrow();
            assertThat(found.key())
                    .isEqualTo(
                            new ContentKey(
                                    CpixKeyService.keyId("movies/a&b.mp4"), KEY_BYTES, null));
            assertThat(found.playReadyObject()).containsExactly(1, 2, 3);
            assertThat(found.systems()).hasSize(2);
            assertThat(found.systems().getFirst().data()).containsExactly(9);
            assertThat(found.systems().getLast().data())
                    .isEqualTo("skd://k1".getBytes(StandardCharsets.UTF_8));
            assertThat(asked.getFirst())
                    .startsWith("POST /cpix ")
                    .contains(
                            "contentId=\"movies/a&amp;b.mp4\"", "commonEncryptionScheme=\"cbcs\"");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<!DOCTYPE c [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><c><PlainValue>&x;</PlainValue></c>",
                "<!DOCTYPE c [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]><c>&b;</c>",
                "<!DOCTYPE c SYSTEM \"http://127.0.0.1:1/x.dtd\"><c/>",
                "<c><PlainValue>c2VjcmV0",
                "<c/>",
                "<c><ContentKey kid=\"x\"/></c>",
                "<c><EncryptedValue/></c>",
                ""
            })
    void hostileAndEmptyCpixIsRefused(String document) {
        assertThatThrownBy(
                        () ->
                                CpixDocument.parse(
                                        document.getBytes(StandardCharsets.UTF_8), KEY_ID, "a.mp4"))
                .isInstanceOf(KeyServiceException.class)
                .satisfies(
                        e ->
                                assertThat(e.getMessage())
                                        .doesNotContain("root:")
                                        .doesNotContain("c2VjcmV0"));
    }

    @Test
    void deepDocumentsAreRefused() {
        String deep = "<a>".repeat(5000) + "</a>".repeat(5000);
        assertThatThrownBy(
                        () ->
                                CpixDocument.parse(
                                        deep.getBytes(StandardCharsets.UTF_8), KEY_ID, "a.mp4"))
                .isInstanceOf(KeyServiceException.class)
                .hasMessageContaining("too deep");
    }

    @Test
    void aServiceIsAskedOnceHoweverManyWait() throws Exception {
        answer =
                ("[{\"key_id\": \""
                                + base64(ContentKey.bytes(KEY_ID))
                                + "\", \"key\": \""
                                + base64(KEY_BYTES)
                                + "\"}]")
                        .getBytes(StandardCharsets.UTF_8);
        var policy =
                new Encryption.Policy(
                        Map.of("free/", SchemeChoice.CLEAR, "free/not/*", SchemeChoice.of("cenc")),
                        SchemeChoice.of("aes-128"),
                        false,
                        Duration.ofMinutes(1),
                        100);
        try (var encryption =
                new Encryption(
                        policy, new HttpKeyService(uri("/"), TIMEOUT), new SimpleMeterRegistry())) {
            assertThat(encryption.schemeOf("free/a.mp4")).isNull();
            assertThat(encryption.schemeOf("free/not/a.mp4")).isEqualTo(EncryptionScheme.CENC);
            assertThat(encryption.protectionOf(List.of("free/a.mp4"), "v").get()).isEmpty();
            var waiting = new ArrayList<CompletableFuture<?>>();
            for (int i = 0; i < 50; i++) {
                waiting.add(encryption.protectionOf(List.of("free/a.mp4", "b.mp4"), "v"));
            }
            for (CompletableFuture<?> one : waiting) {
                one.get();
            }
            assertThat(asked).hasSize(1);
            assertThat(encryption.protectionOf(List.of("b.mp4"), "v").get().orElseThrow().scheme())
                    .isEqualTo(EncryptionScheme.AES_128);
            status = 500;
            assertThatThrownBy(() -> encryption.protectionOf(List.of("c.mp4"), "v").get())
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(KeyServiceException.class);
        }
    }
}
