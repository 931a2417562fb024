package io.millrace.platformapi;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.platformapi.http.ApiRequest;
import io.millrace.platformapi.http.ApiResponse;
import io.millrace.platformapi.http.UploadedFile;
import io.millrace.platformapi.partner.PartnerRow;
import io.millrace.platformapi.session.KsFormat;
import io.millrace.platformapi.session.Privileges;
import io.millrace.storage.blob.LocalBlobStore;
import io.millrace.storage.sign.PathSigner;
import io.millrace.storage.sql.Database;
import io.millrace.storage.sql.EmbeddedMariaDb;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/// The real platform on a real MariaDB and a real blob store, one per test JVM; every test class
/// makes its own partners in it. Calls go through the dispatcher, as JSON.
public final class PlatformHarness {
    public static final String CLUSTER_SECRET = "0123456789abcdef0123456789abcdef";
    public static final String BASE = "http://millrace.test:8080";

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static PlatformHarness shared;

    public final Path folder;
    public final Database database;
    public final LocalBlobStore blobs;
    public final PathSigner signer;
    public final Platform platform;

    private PlatformHarness() throws IOException, InterruptedException {
        folder = Files.createTempDirectory("platform-test");
        EmbeddedMariaDb server = EmbeddedMariaDb.start(folder.resolve("database"));
        var meters = new SimpleMeterRegistry();
        database = Database.open(server.settings(8), meters);
        blobs = new LocalBlobStore(folder.resolve("storage"), meters);
        var keys = new LinkedHashMap<String, byte[]>();
        keys.put("k1", "a signing key of enough bytes".getBytes(StandardCharsets.UTF_8));
        signer = new PathSigner(keys);
        platform =
                Platform.create(
                        new PlatformSettings(
                                "node-1",
                                "1.2.3",
                                CLUSTER_SECRET,
                                "",
                                "",
                                1935,
                                1936,
                                PlatformSettings.DEFAULT_URL_LIFETIME,
                                folder.resolve("search"),
                                PlatformSettings.DEFAULT_UPLOAD_LIFETIME),
                        database,
                        blobs,
                        signer,
                        meters,
                        InstantSource.system());
        platform.migrate();
        platform.start();
        Runtime.getRuntime()
                .addShutdownHook(
                        new Thread(
                                () -> {
                                    platform.close();
                                    database.close();
                                    server.close();
                                }));
    }

    public static synchronized PlatformHarness get() {
        if (shared == null) {
            try {
                shared = new PlatformHarness();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        return shared;
    }

    public Tenant tenant() {
        PartnerRow row = platform.bootstrap().addPartner("Tenant", "t@example.org");
        return new Tenant(row.id(), row.adminSecret());
    }

    /// A partner and its sessions.
    public record Tenant(int id, String secret) {
        public String admin() {
            return ks(id, secret, 2, "admin", "disableentitlement");
        }

        public String user(String name) {
            return ks(id, secret, 0, name, "");
        }

        public String widget() {
            return ks(id, secret, 0, "0", "view:*,widget:1");
        }
    }

    public static String batch() {
        return ks(-1, CLUSTER_SECRET, 2, "batch", "");
    }

    public static String mediaServer() {
        return ks(-5, CLUSTER_SECRET, 2, "MediaServer", "");
    }

    static String ks(int partner, String secret, int type, String user, String privileges) {
        return KsFormat.makeV2(
                partner,
                secret,
                type,
                user,
                System.currentTimeMillis() / 1000 + 3600,
                Privileges.parse(privileges),
                null);
    }

    /// Calls `service.action` and returns what came, an error too.
    public JsonNode call(String ks, String action, Map<String, ?> parameters) {
        return call(ks, action, parameters, List.of());
    }

    public JsonNode call(
            String ks, String action, Map<String, ?> parameters, List<UploadedFile> files) {
        var body = new LinkedHashMap<String, Object>(parameters);
        body.put("ks", ks);
        body.put("format", 1);
        String[] name = action.split("\\.");
        var fields =
                files.isEmpty()
                        ? List.<ApiRequest.FormField>of()
                        : List.of(new ApiRequest.FormField("json", JSON.writeValueAsString(body)));
        ApiResponse response =
                platform.dispatcher()
                        .handle(
                                new ApiRequest(
                                        "POST",
                                        "/api_v3/service/" + name[0] + "/action/" + name[1],
                                        "",
                                        Map.of(
                                                "content-type",
                                                files.isEmpty()
                                                        ? "application/json"
                                                        : "multipart/form-data; boundary=x"),
                                        "127.0.0.1",
                                        BASE,
                                        files.isEmpty()
                                                ? JSON.writeValueAsBytes(body)
                                                : new byte[0],
                                        fields,
                                        files));
        return JSON.readTree(new String(response.body(), StandardCharsets.UTF_8));
    }

    /// As {@link #call}, and an error fails the test.
    public JsonNode ok(String ks, String action, Map<String, ?> parameters) {
        JsonNode answer = call(ks, action, parameters);
        if (answer instanceof ObjectNode && answer.has("code") && answer.has("message")) {
            throw new AssertionError(action + ": " + answer);
        }
        return answer;
    }

    public JsonNode upload(String ks, String token, byte[] bytes, Map<String, ?> parameters) {
        var all = new LinkedHashMap<String, Object>(parameters);
        all.put("uploadTokenId", token);
        try {
            Path file = blobs.newStagingFolder("upload").resolve(UUID.randomUUID().toString());
            Files.write(file, bytes);
            return call(
                    ks,
                    "uploadToken.upload",
                    all,
                    List.of(new UploadedFile("fileData", "clip.mp4", file, bytes.length)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public ApiResponse get(String path) {
        int query = path.indexOf('?');
        return platform.playbackRoutes()
                .handle(
                        ApiRequest.get(
                                query < 0 ? path : path.substring(0, query),
                                query < 0 ? "" : path.substring(query + 1),
                                Map.of(),
                                "127.0.0.1",
                                BASE))
                .orElseThrow();
    }
}
