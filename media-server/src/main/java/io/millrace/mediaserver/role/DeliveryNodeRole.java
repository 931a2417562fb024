package io.millrace.mediaserver.role;

import io.millrace.delivery.vod.DeliveryOptions;
import io.millrace.delivery.vod.DeliveryRoutes;
import io.millrace.mediaserver.config.DeliveryConfig;
import io.millrace.mediaserver.config.LocalConfig;
import io.millrace.mediaserver.lifecycle.StartException;
import io.millrace.storage.blob.LocalFolder;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;

/// The delivery role: stored media, packaged just in time. It asks nobody, so it is ready when it
/// has started.
public final class DeliveryNodeRole implements NodeRole {
    private final Node node;
    private @Nullable DeliveryRoutes routes;

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
        routes = new DeliveryRoutes(options, node.signer(), InstantSource.system(), node.meters());
        if (!servesOnlyAFolder()) {
            routes.serveStore(node.blobs());
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
        routes.addTo(node.router());
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
    }
}
