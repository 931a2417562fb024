package io.millrace.delivery.vod;

import io.millrace.delivery.drm.Protection;
import io.millrace.delivery.http.HttpExchange;
import io.millrace.delivery.http.HttpReply;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/// ClearKey licences as the W3C's Encrypted Media Extensions (§9.1) define them: `POST` of
/// `{"kids": [...]}` to `clearkey` beside the manifest gives `{"keys": [{"kty": "oct", ...}]}`. The
/// key reaches the viewer in the clear: for tests, and for media that is worth little.
final class ClearKeyLicences {
    static final String NAME = "clearkey";

    /// Of the only requests below a packager that have a body.
    static final int MAX_REQUEST = 8 << 10;

    private static final int MAX_KEYS = 64;

    private ClearKeyLicences() {}

    static boolean isRequest(HttpExchange exchange) {
        return exchange.method().equals("POST") && exchange.pathBelowRoute().endsWith('/' + NAME);
    }

    /// The ids asked for, base64url; blocks. Empty when it is no licence request.
    static Optional<List<String>> readRequest(HttpExchange exchange) throws IOException {
        byte[] body = exchange.bodyStream().readNBytes(MAX_REQUEST + 1);
        if (body.length > MAX_REQUEST) {
            return Optional.empty();
        }
        JsonNode ids;
        try {
            ids = JsonMapper.shared().readTree(body).path("kids");
        } catch (JacksonException _) {
            return Optional.empty();
        }
        if (!ids.isArray() || ids.isEmpty() || ids.size() > MAX_KEYS) {
            return Optional.empty();
        }
        var texts = new ArrayList<String>();
        for (JsonNode id : ids) {
            texts.add(id.asString(""));
        }
        return Optional.of(texts);
    }

    /// @param protection of the media, null when it is in the clear
    static HttpReply reply(@Nullable Protection protection, List<String> keyIds) {
        if (protection == null || !protection.licenceServed()) {
            return Failures.error(404, "No licences are given for this media.");
        }
        Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
        String id = base64.encodeToString(protection.key().idBytes());
        if (!keyIds.contains(id)) {
            return Failures.error(404, "This media has no such key.");
        }
        String licence =
                "{\"keys\":[{\"kty\":\"oct\",\"kid\":\""
                        + id
                        + "\",\"k\":\""
                        + base64.encodeToString(protection.key().key())
                        + "\"}],\"type\":\"temporary\"}";
        return HttpReply.bytes(200, "application/json", licence.getBytes(StandardCharsets.UTF_8))
                .cacheControl("private, no-store");
    }
}
