package io.millrace.mediaserver.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/// The API as a program without any library of ours speaks it: JSON over HTTP.
final class Api {
    private final String base;
    private final String ks;

    private Api(String base, String ks) {
        this.base = base;
        this.ks = ks;
    }

    static Api anonymous(String base) {
        return new Api(base, "");
    }

    static Api admin(String base, int partnerId, String adminSecret)
            throws IOException, InterruptedException {
        JsonNode ks =
                anonymous(base)
                        .call(
                                "session.start",
                                Map.of(
                                        "secret",
                                        adminSecret,
                                        "type",
                                        2,
                                        "partnerId",
                                        partnerId,
                                        "userId",
                                        "tester"));
        assertThat(ks.isString()).as("session.start: " + ks).isTrue();
        return new Api(base, ks.asString());
    }

    String ks() {
        return ks;
    }

    JsonNode call(String action, Map<String, ?> parameters)
            throws IOException, InterruptedException {
        String[] names = action.split("\\.");
        var body = new HashMap<String, Object>(parameters);
        body.put("format", 1);
        if (!ks.isEmpty()) {
            body.putIfAbsent("ks", ks);
        }
        var request =
                HttpRequest.newBuilder(
                                URI.create(
                                        base
                                                + "/api_v3/service/"
                                                + names[0]
                                                + "/action/"
                                                + names[1]))
                        .timeout(Duration.ofSeconds(60))
                        .header("Content-Type", "application/json")
                        .POST(
                                HttpRequest.BodyPublishers.ofByteArray(
                                        JsonMapper.shared().writeValueAsBytes(body)))
                        .build();
        return parse(
                action, MillraceProcess.HTTP.send(request, HttpResponse.BodyHandlers.ofString()));
    }

    /// Uploads bytes as one chunk of a token.
    JsonNode upload(
            String tokenId, byte[] bytes, int from, int to, boolean resume, boolean finalChunk)
            throws IOException, InterruptedException {
        String boundary = "----millrace-e2e";
        String head =
                part(boundary, "ks", ks)
                        + part(boundary, "format", "1")
                        + part(boundary, "uploadTokenId", tokenId)
                        + part(boundary, "resume", Boolean.toString(resume))
                        + part(boundary, "resumeAt", resume ? Integer.toString(from) : "-1")
                        + part(boundary, "finalChunk", Boolean.toString(finalChunk))
                        + "--"
                        + boundary
                        + "\r\n"
                        + "Content-Disposition: form-data; name=\"fileData\"; filename=\"chunk.bin\"\r\n"
                        + "Content-Type: application/octet-stream\r\n\r\n";
        String tail = "\r\n--" + boundary + "--\r\n";
        var request =
                HttpRequest.newBuilder(
                                URI.create(base + "/api_v3/service/uploadToken/action/upload"))
                        .timeout(Duration.ofSeconds(60))
                        .header("Content-Type", "multipart/form-data; boundary=" + boundary)
                        .POST(
                                HttpRequest.BodyPublishers.concat(
                                        HttpRequest.BodyPublishers.ofString(
                                                head, StandardCharsets.UTF_8),
                                        HttpRequest.BodyPublishers.ofByteArray(
                                                bytes, from, to - from),
                                        HttpRequest.BodyPublishers.ofString(tail)))
                        .build();
        return parse(
                "uploadToken.upload",
                MillraceProcess.HTTP.send(request, HttpResponse.BodyHandlers.ofString()));
    }

    /// A new entry with these bytes as its content; its id.
    String addEntry(String name, byte[] bytes, String fileName)
            throws IOException, InterruptedException {
        String token =
                call(
                                "uploadToken.add",
                                Map.of(
                                        "uploadToken",
                                        Map.of("fileName", fileName, "fileSize", bytes.length)))
                        .path("id")
                        .asString();
        upload(token, bytes, 0, bytes.length, false, true);
        String entryId =
                call(
                                "media.add",
                                Map.of(
                                        "entry",
                                        Map.of(
                                                "objectType",
                                                "KalturaMediaEntry",
                                                "name",
                                                name,
                                                "mediaType",
                                                1)))
                        .path("id")
                        .asString();
        JsonNode entry =
                call(
                        "media.addContent",
                        Map.of(
                                "entryId",
                                entryId,
                                "resource",
                                Map.of(
                                        "objectType",
                                        "KalturaUploadedFileTokenResource",
                                        "token",
                                        token)));
        assertThat(entry.path("id").asString("")).as(entry.toString()).isEqualTo(entryId);
        return entryId;
    }

    private static String part(String boundary, String name, String value) {
        return "--"
                + boundary
                + "\r\nContent-Disposition: form-data; name=\""
                + name
                + "\"\r\n\r\n"
                + value
                + "\r\n";
    }

    private static JsonNode parse(String action, HttpResponse<String> response) {
        assertThat(response.statusCode()).as(action + ": " + response.body()).isEqualTo(200);
        return JsonMapper.shared().readTree(response.body());
    }
}
