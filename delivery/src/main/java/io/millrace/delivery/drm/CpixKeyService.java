package io.millrace.delivery.drm;

import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// A key service that speaks CPIX: a document that names the key is posted, the same document with
/// the key in it comes back. Key ids follow from the path, so that all nodes ask for the same.
/// Thread-safe.
public final class CpixKeyService implements KeyProvider, AutoCloseable {
    private final URI service;
    private final List<UUID> systems;
    private final KeyServiceClient client;

    /// @param systems the licence systems whose data are asked for
    public CpixKeyService(URI service, List<UUID> systems, Duration timeout) {
        this.service = service;
        this.systems = List.copyOf(systems);
        this.client = new KeyServiceClient(timeout);
    }

    /// The id of the key of a path: a name-based UUID.
    static UUID keyId(String path) {
        return UUID.nameUUIDFromBytes(("millrace " + path).getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public Optional<Keys> keys(String path, EncryptionScheme scheme) throws KeyServiceException {
        UUID id = keyId(path);
        KeyServiceClient.Answer answer =
                client.ask(
                        client.request(service)
                                .header("Content-Type", "application/xml")
                                .header("Accept", "application/xml")
                                .POST(
                                        HttpRequest.BodyPublishers.ofByteArray(
                                                CpixDocument.request(path, id, scheme, systems)))
                                .build(),
                        path);
        if (answer.status() == 404) {
            return Optional.empty();
        }
        if (answer.status() != 200) {
            throw new KeyServiceException(
                    "the key service at "
                            + service.getHost()
                            + " answered "
                            + answer.status()
                            + " for "
                            + path);
        }
        return Optional.of(CpixDocument.parse(answer.body(), id, path));
    }

    @Override
    public void close() {
        client.close();
    }
}
