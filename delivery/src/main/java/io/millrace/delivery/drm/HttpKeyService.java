package io.millrace.delivery.drm;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// A key service in the plain form nginx-vod asks: `GET {base}/{path}`, answered by
///
///     [{"key_id": base64, "key": base64, "iv": base64 (optional),
///       "pssh": [{"uuid": "edef8ba9-...", "data": base64}]}]
///
/// The first element counts. 404 means that there is no key. Thread-safe.
public final class HttpKeyService implements KeyProvider, AutoCloseable {
    private final URI base;
    private final KeyServiceClient client;

    /// @param base http or https, with or without a path
    public HttpKeyService(URI base, Duration timeout) {
        this.base = base;
        this.client = new KeyServiceClient(timeout);
    }

    @Override
    public Optional<Keys> keys(String path, EncryptionScheme scheme) throws KeyServiceException {
        KeyServiceClient.Answer answer =
                client.ask(
                        client.request(below(base, path))
                                .header("Accept", "application/json")
                                .build(),
                        path);
        if (answer.status() == 404) {
            return Optional.empty();
        }
        if (answer.status() != 200) {
            throw new KeyServiceException(
                    "the key service at "
                            + base.getHost()
                            + " answered "
                            + answer.status()
                            + " for "
                            + path);
        }
        return Optional.of(parse(answer.body(), path));
    }

    static Keys parse(byte[] body, String path) throws KeyServiceException {
        String where = "the key service's answer for " + path;
        JsonNode key;
        try {
            JsonNode root = JsonMapper.shared().readTree(body);
            key = root.isArray() ? root.path(0) : root;
        } catch (JacksonException e) {
            // Not the parser's words, which may quote the answer.
            throw new KeyServiceException(where + " is no JSON");
        }
        if (!key.isObject()) {
            throw new KeyServiceException(where + " lists no key");
        }
        byte[] bytes = KeyTexts.bytes16(key.path("key").asString(""), where + ": key");
        UUID id = KeyTexts.id(key.path("key_id").asString(""), where + ": key_id");
        byte[] iv =
                key.path("iv").asString("").isEmpty()
                        ? null
                        : KeyTexts.bytes16(key.path("iv").asString(""), where + ": iv");
        List<PsshBox> systems = KeyFile.systems(key.path("pssh"), where);
        return new Keys(new ContentKey(id, bytes, iv), systems, null);
    }

    /// `base` with a path below it, percent-encoded.
    static URI below(URI base, String path) {
        String prefix = base.getPath() == null ? "" : base.getPath();
        String slash = prefix.endsWith("/") ? "" : "/";
        try {
            return new URI(
                    base.getScheme(),
                    base.getUserInfo(),
                    base.getHost(),
                    base.getPort(),
                    prefix + slash + path,
                    base.getQuery(),
                    null);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("path: " + path + " (expected: a path)", e);
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
