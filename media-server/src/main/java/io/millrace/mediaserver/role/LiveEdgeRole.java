package io.millrace.mediaserver.role;

import com.github.benmanes.caffeine.cache.Ticker;

import io.millrace.liveingest.edge.LiveEdge;
import io.millrace.liveingest.edge.StreamLocator;
import io.millrace.liveingest.info.PlaylistViewers;
import io.millrace.liveingest.live.LiveHttpHandler;
import io.millrace.liveingest.live.LivePresentations;
import io.millrace.mediaserver.config.MillraceConfig;
import io.millrace.platformapi.client.PlatformClient;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// Live streams of other nodes, on a node that takes none itself (`delivery` without `live`). A
/// live node has one of these behind its own streams.
public final class LiveEdgeRole implements NodeRole {
    private final Node node;
    private final ExecutorService blocking = Executors.newVirtualThreadPerTaskExecutor();
    private final @Nullable PlatformClient platform;
    private final LiveEdge edge;
    private @Nullable LiveHttpHandler serving;

    private LiveEdgeRole(Node node) {
        this.node = node;
        List<String> origins = node.config().live().origins();
        StreamLocator locator;
        if (origins.isEmpty()) {
            PlatformClient client = ClusterClients.mediaServer(node, Duration.ofSeconds(3));
            platform = client;
            locator = new PlatformStreamLocator(client, node.ownUrl(), blocking);
        } else {
            platform = null;
            List<URI> nodes =
                    origins.stream()
                            .filter(origin -> !origin.equals(node.ownUrl()))
                            .map(URI::create)
                            .toList();
            locator = _ -> CompletableFuture.completedFuture(nodes);
        }
        edge =
                new LiveEdge(
                        locator,
                        unsigned(node.config()) ? null : node.signer(),
                        InstantSource.system(),
                        node.config().live().edgeMemory().bytes(),
                        node.meters());
    }

    /// Null where there is nobody to ask for other nodes' streams.
    public static @Nullable LiveEdgeRole of(Node node) {
        boolean asksPlatform =
                node.config().local().root().isEmpty() || !node.config().cluster().api().isEmpty();
        return node.config().live().origins().isEmpty() && !asksPlatform
                ? null
                : new LiveEdgeRole(node);
    }

    private static boolean unsigned(MillraceConfig config) {
        return config.local().root().isEmpty()
                ? config.delivery().unsigned()
                : config.local().unsigned();
    }

    LiveEdge edge() {
        return edge;
    }

    /// Serves `/live/`, of which nothing is here.
    @Override
    public void start() {
        var handler =
                new LiveHttpHandler(
                        new LivePresentations(Clock.systemUTC()),
                        new PlaylistViewers(Ticker.systemTicker()),
                        node.signer(),
                        unsigned(node.config()),
                        Clock.systemUTC(),
                        node.blobs(),
                        node.meters(),
                        edge,
                        null);
        serving = handler;
        node.router().add("/live/", "live", handler);
    }

    @Override
    public void drain(Duration patience) {
        // The listeners finish what they have.
    }

    @Override
    public void close() {
        if (serving != null) {
            serving.close();
        }
        edge.close();
        if (platform != null) {
            platform.close();
        }
        blocking.shutdown();
    }
}
