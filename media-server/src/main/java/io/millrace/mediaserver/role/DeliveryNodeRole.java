package io.millrace.mediaserver.role;

import io.millrace.delivery.decode.Decoders;
import io.millrace.delivery.mapping.MappingStore;
import io.millrace.delivery.mapping.MediaFiles;
import io.millrace.delivery.tempo.TempoOptions;
import io.millrace.delivery.thumbnail.ThumbnailOptions;
import io.millrace.delivery.vod.DeliveryOptions;
import io.millrace.delivery.vod.DeliveryRoutes;
import io.millrace.mediaserver.config.DeliveryConfig;
import io.millrace.mediaserver.config.LocalConfig;
import io.millrace.mediaserver.config.MappedConfig;
import io.millrace.mediaserver.config.SpeedConfig;
import io.millrace.mediaserver.config.ThumbnailConfig;
import io.millrace.mediaserver.lifecycle.StartException;
import io.millrace.storage.blob.LocalFolder;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;

/// The delivery role: stored media, packaged just in time. It asks nobody, so it is ready when it
/// has started.
public final class DeliveryNodeRole implements NodeRole {
    private final Node node;
    private @Nullable DeliveryRoutes routes;
    private @Nullable HttpClient client;

    public DeliveryNodeRole(Node node) {
        this.node = node;
    }

    @Override
    public void start() throws StartException {
        DeliveryConfig config = node.config().delivery();
        var options =
                new DeliveryOptions(
                        config.segmentDuration(),
                        config.indexCache().bytes(),
                        config.responseCache().bytes(),
                        config.unsigned(),
                        config.segmentWorkers(),
                        config.segmentCache().bytes(),
                        DeliveryOptions.DEFAULT.segmentMemoryBytes());
        routes =
                new DeliveryRoutes(
                        options,
                        thumbnails(node),
                        tempo(),
                        MediaEncryption.of(node.config().encryption(), node.meters()),
                        node.signer(),
                        InstantSource.system(),
                        node.meters());
        if (!servesOnlyAFolder()) {
            routes.serveStore(node.blobs(), config.unsignedPaths());
        }
        LocalConfig local = node.config().local();
        if (!local.root().isEmpty()) {
            try {
                routes.serveFolder(
                        local.prefix(),
                        new LocalFolder(Path.of(local.root())),
                        local.unsigned(),
                        node.config().storage().timeout());
            } catch (IOException e) {
                throw new StartException("local.root: " + e.getMessage(), e);
            }
        }
        if (!node.config().mapped().source().isEmpty()) {
            mapped(routes);
        }
        routes.addTo(node.router());
    }

    /// Mappings out of a folder or of a server, and files out of a folder or the store.
    private void mapped(DeliveryRoutes target) throws StartException {
        MappedConfig mapped = node.config().mapped();
        int maxBytes = (int) mapped.maxSize().bytes();
        try {
            MappingStore mappings;
            if (mapped.isUpstream()) {
                client =
                        HttpClient.newBuilder()
                                .connectTimeout(mapped.timeout())
                                .followRedirects(HttpClient.Redirect.NEVER)
                                .build();
                mappings =
                        new MappingStore.Upstream(
                                client, URI.create(mapped.source()), mapped.timeout(), maxBytes);
            } else {
                mappings =
                        new MappingStore.Files(
                                target.filesOf(
                                        "mappings",
                                        new LocalFolder(Path.of(mapped.source())),
                                        node.config().storage().timeout()),
                                maxBytes);
            }
            MediaFiles media = MediaFiles.Stored.media(node.blobs());
            String mediaRoot = "/";
            String folder =
                    mapped.media().isEmpty() ? node.config().local().root() : mapped.media();
            if (!folder.isEmpty()) {
                Path path = Path.of(folder).toAbsolutePath().normalize();
                media =
                        target.filesOf(
                                "mapped-media",
                                new LocalFolder(path),
                                node.config().storage().timeout());
                mediaRoot = path.toString().equals("/") ? "/" : path + "/";
            }
            target.serveMapped(
                    mapped.prefix(),
                    mappings,
                    media,
                    mediaRoot,
                    mapped.cacheTime(),
                    mapped.unsigned());
        } catch (IOException e) {
            throw new StartException("mapped.source, mapped.media: " + e.getMessage(), e);
        }
    }

    /// Their ffmpeg is fenced in as batch's is.
    static ThumbnailOptions thumbnails(Node node) {
        ThumbnailConfig config = node.config().thumbnails();
        return new ThumbnailOptions(
                config.workers(),
                config.queue(),
                config.cache().bytes(),
                config.exact(),
                fence(node),
                config.timeout(),
                node.data().resolve("cache"));
    }

    private TempoOptions tempo() {
        SpeedConfig config = node.config().speed();
        return new TempoOptions(
                config.workers(),
                config.queue(),
                config.cache().bytes(),
                fence(node),
                config.timeout(),
                node.data().resolve("cache"));
    }

    static Decoders.Fence fence(Node node) {
        return switch (node.config().batch().sandbox()) {
            case AUTO -> Decoders.Fence.IF_POSSIBLE;
            case REQUIRE -> Decoders.Fence.REQUIRED;
            case OFF -> Decoders.Fence.LIMITS_ONLY;
        };
    }

    /// Then `/file/` and `/thumb/` are the folder's.
    private boolean servesOnlyAFolder() {
        LocalConfig local = node.config().local();
        return !local.root().isEmpty() && local.prefix().equals("/");
    }

    @Override
    public void drain(Duration patience) {
        // The listeners finish what they have.
    }

    @Override
    public void close() {
        if (routes != null) {
            routes.close();
        }
        if (client != null) {
            client.shutdownNow();
        }
    }
}
