package io.millrace.platformapi;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.storage.blob.BlobKey;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;

class UploadTest {
    private final PlatformHarness harness = PlatformHarness.get();
    private final Worker worker = new Worker(harness);
    private final PlatformHarness.Tenant tenant = harness.tenant();
    private final String ks = tenant.user("up");
    private final byte[] film = new byte[10_000];

    UploadTest() {
        new Random(7).nextBytes(film);
    }

    private String token(Map<String, Object> fields) {
        return harness.ok(ks, "uploadToken.add", Map.of("uploadToken", fields))
                .get("id")
                .asString();
    }

    private JsonNode piece(String token, int from, int to, boolean last) {
        return harness.upload(
                ks,
                token,
                Arrays.copyOfRange(film, from, to),
                Map.of("resume", true, "resumeAt", from, "finalChunk", last));
    }

    private byte[] stored(String entryId) throws IOException {
        String key = worker.lease(entryId, "probe").get("sourceKey").asString();
        return Files.readAllBytes(harness.blobs.localPath(BlobKey.of(key)).orElseThrow());
    }

    private String entryFor(String token) {
        String id = MainPathTest.addEntry(harness, ks, "Up");
        JsonNode answer = MainPathTest.addContent(harness, ks, id, token);
        assertThat(answer.has("code")).as(answer.toString()).isFalse();
        return id;
    }

    @Test
    void goesOnAfterACut() throws IOException {
        String token = token(Map.of("fileName", "film.mov", "fileSize", 10_000));
        assertThat(piece(token, 0, 4000, false).get("status").asInt()).isEqualTo(1);
        JsonNode asked = harness.ok(ks, "uploadToken.get", Map.of("uploadTokenId", token));
        assertThat(asked.get("uploadedFileSize").asInt()).isEqualTo(4000);

        assertThat(piece(token, 4000, 10_000, true).get("status").asInt()).isEqualTo(2);

        assertThat(stored(entryFor(token))).isEqualTo(film);
        assertThat(
                        harness.ok(ks, "uploadToken.get", Map.of("uploadTokenId", token))
                                .get("status")
                                .asInt())
                .isEqualTo(3);
    }

    @Test
    void takesPiecesInAnyOrder() throws IOException {
        String token = token(Map.of());
        piece(token, 6000, 8000, false);
        piece(token, 2000, 6000, false);
        JsonNode first = piece(token, 0, 2000, false);
        assertThat(first.get("uploadedFileSize").asInt()).isEqualTo(8000);
        assertThat(piece(token, 8000, 10_000, true).get("status").asInt()).isEqualTo(2);

        assertThat(stored(entryFor(token))).isEqualTo(film);
    }

    @Test
    void aPieceThatDoesNotFitChangesNothing() throws IOException {
        String token = token(Map.of("fileSize", 10_000));
        piece(token, 0, 4000, false);

        assertThat(piece(token, 3000, 5000, false).get("code").asString())
                .isEqualTo("UPLOAD_TOKEN_CANNOT_RESUME");
        assertThat(
                        harness.upload(
                                        ks,
                                        token,
                                        new byte[7000],
                                        Map.of("resume", true, "resumeAt", 4000))
                                .get("code")
                                .asString())
                .isEqualTo("UPLOAD_TOKEN_CANNOT_MATCH_EXPECTED_SIZE");
        assertThat(piece(token, 4000, 5000, true).get("code").asString())
                .isEqualTo("UPLOAD_TOKEN_CANNOT_MATCH_EXPECTED_SIZE");
        JsonNode asked = harness.ok(ks, "uploadToken.get", Map.of("uploadTokenId", token));
        assertThat(asked.get("uploadedFileSize").asInt()).isEqualTo(4000);
        assertThat(asked.get("status").asInt()).isEqualTo(1);

        piece(token, 4000, 10_000, true);
        assertThat(stored(entryFor(token))).isEqualTo(film);
    }

    @Test
    void theFinishingCallMayBeRepeated() {
        String token = token(Map.of());
        String entry = entryFor(token);
        JsonNode closed = piece(token, 0, 10_000, true);
        assertThat(closed.get("status").asInt()).isEqualTo(3);

        assertThat(piece(token, 0, 10_000, true).get("status").asInt()).isEqualTo(3);
        JsonNode again = MainPathTest.addContent(harness, ks, entry, token);
        assertThat(again.get("id").asString()).isEqualTo(entry);
        assertThat(piece(token, 2000, 4000, false).get("code").asString())
                .isEqualTo("UPLOAD_TOKEN_INVALID_STATUS_FOR_UPLOAD");
        String other = MainPathTest.addEntry(harness, ks, "Other");
        assertThat(MainPathTest.addContent(harness, ks, other, token).get("code").asString())
                .isEqualTo("UPLOAD_TOKEN_INVALID_STATUS_FOR_ADD_ENTRY");
    }

    @Test
    void startsOverWithoutResume() throws IOException {
        String token = token(Map.of());
        harness.upload(ks, token, new byte[500], Map.of("finalChunk", false));
        assertThat(harness.upload(ks, token, film, Map.of()).get("uploadedFileSize").asInt())
                .isEqualTo(10_000);
        assertThat(stored(entryFor(token))).isEqualTo(film);
    }

    @Test
    void aDeletedTokenIsGoneAndLeavesNoBytes() throws IOException {
        String token = token(Map.of());
        piece(token, 0, 100, false);
        harness.ok(ks, "uploadToken.delete", Map.of("uploadTokenId", token));
        assertThat(harness.blobs.list(BlobKey.of("content/upload/" + token))).isEmpty();
        assertThat(piece(token, 100, 200, false).get("code").asString())
                .isEqualTo("UPLOAD_TOKEN_INVALID_STATUS_FOR_UPLOAD");
    }

    @Test
    void anotherUsersTokenIsInvisible() {
        String token = token(Map.of());
        assertThat(
                        harness.call(
                                        tenant.user("other"),
                                        "uploadToken.get",
                                        Map.of("uploadTokenId", token))
                                .get("code")
                                .asString())
                .isEqualTo("UPLOAD_TOKEN_NOT_FOUND");
        assertThat(
                        harness.ok(tenant.user("other"), "uploadToken.list", Map.of())
                                .get("totalCount")
                                .asInt())
                .isZero();
    }

    @Test
    void anEmptyFileAndForeignResourcesAreRefused() {
        String token = token(Map.of());
        assertThat(harness.upload(ks, token, new byte[0], Map.of()).get("code").asString())
                .isEqualTo("UPLOAD_ERROR");
        String entry = MainPathTest.addEntry(harness, ks, "Url");
        assertThat(
                        harness.call(
                                        ks,
                                        "media.addContent",
                                        Map.of(
                                                "entryId",
                                                entry,
                                                "resource",
                                                Map.of(
                                                        "objectType",
                                                        "KalturaUrlResource",
                                                        "url",
                                                        "http://127.0.0.1/")))
                                .get("code")
                                .asString())
                .isEqualTo("RESOURCE_TYPE_NOT_SUPPORTED");
    }
}
