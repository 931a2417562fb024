package io.millrace.mediaserver.role;

import io.millrace.delivery.vod.DeliveryOptions;
import io.millrace.delivery.vod.DeliveryRoutes;
import io.millrace.mediaserver.config.DeliveryConfig;

import org.jspecify.annotations.Nullable;

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
    public void start() {
        DeliveryConfig config = node.config().delivery();
        var options =
                new DeliveryOptions(
                        config.segmentDuration(),
                        config.indexCache().bytes(),
                        config.responseCache().bytes(),
                        config.unsigned(),
                        config.segmentWorkers(),
                        DeliveryOptions.DEFAULT.segmentMemoryBytes());
        routes =
                new DeliveryRoutes(
                        options,
                        node.blobs(),
                        node.signer(),
                        InstantSource.system(),
                        node.meters());
        routes.addTo(node.router());
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
