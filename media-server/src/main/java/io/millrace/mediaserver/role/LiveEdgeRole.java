package io.millrace.mediaserver.role;

import com.github.benmanes.caffeine.cache.Ticker;

import io.millrace.delivery.http.HotTls;
import io.millrace.liveingest.EdgePlayers;
import io.millrace.liveingest.edge.LiveEdge;
import io.millrace.liveingest.edge.StreamLocator;
import io.millrace.liveingest.gate.PlayGate;
import io.millrace.liveingest.gate.PlaylistGate;
import io.millrace.liveingest.hook.HookedPlay;
import io.millrace.liveingest.hook.LiveHooks;
import io.millrace.liveingest.info.PlaylistViewers;
import io.millrace.liveingest.info.ViewerCount;
import io.millrace.liveingest.live.LiveHttpHandler;
import io.millrace.liveingest.live.LivePresentations;
import io.millrace.liveingest.play.PlayAccess;
import io.millrace.liveingest.rtmp.session.RtmpServerOptions;
import io.millrace.mediaserver.config.LiveConfig;
import io.millrace.mediaserver.config.MillraceConfig;
import io.millrace.mediaserver.lifecycle.StartException;
import io.millrace.platformapi.client.PlatformClient;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Predicate;

/// Live streams of other nodes, on a node that takes none itself (`delivery` without `live`): over
/// HTTP, and over RTMP where `live.edge-rtmp` says so. A live node has one of these behind its own
/// streams.
public final class LiveEdgeRole implements NodeRole {
    /// Nodes that are told count viewers for four times as long.
    private static final Duration TELLS_EVERY = Duration.ofSeconds(5);

    private final Node node;
    private final ExecutorService blocking = Executors.newVirtualThreadPerTaskExecutor();
    private final @Nullable PlatformClient platform;
    private final LiveEdge edge;
    private @Nullable LiveHttpHandler serving;
    private @Nullable EdgePlayers players;
    private @Nullable HotTls rtmpsTls;
    private @Nullable LiveHooks hooks;

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
                        node.signer(),
                        InstantSource.system(),
                        node.config().live().edgeMemory().bytes(),
                        node.loops(),
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

    /// Serves `/live/`, of which nothing is here, and players of RTMP where that is wanted.
    @Override
    public void start() throws StartException {
        boolean unsigned = unsigned(node.config());
        LiveConfig config = node.config().live();
        LiveHooks asked = LiveNodeRole.hooks(node);
        hooks = asked;
        PlayGate gate = asked == null ? PlayGate.OPEN : HookedPlay.of(asked, node.meters());
        var viewers = new PlaylistViewers(Ticker.systemTicker());
        var handler =
                new LiveHttpHandler(
                        new LivePresentations(Clock.systemUTC()),
                        viewers,
                        node.signer(),
                        unsigned,
                        Clock.systemUTC(),
                        node.meters(),
                        edge,
                        null,
                        PlaylistGate.of(gate, node.signer(), Clock.systemUTC(), node.meters()));
        serving = handler;
        var live =
                new EdgePlayers(
                        node.loops(),
                        edge.sources(),
                        LiveNodeRole.playOptions(config),
                        new PlayAccess(node.signer(), unsigned, Clock.systemUTC(), gate),
                        node.meters());
        players = live;
        tellViewers(ViewerCount.sum(List.of(viewers, live.viewers())), _ -> false);
        node.router().add("/live/", "live", live.httpHandler(handler));
        if (config.edgeRtmp()) {
            try {
                listen(live, config);
            } catch (IOException e) {
                throw new StartException(String.valueOf(e.getMessage()), e);
            }
        }
    }

    /// Tells other nodes who watches their streams here.
    ///
    /// @param here whether a stream is this node's own
    void tellViewers(ViewerCount viewers, Predicate<String> here) {
        edge.tellViewers(node.name(), node.signer(), viewers, here, TELLS_EVERY);
    }

    private void listen(EdgePlayers live, LiveConfig config) throws IOException, StartException {
        RtmpServerOptions options = RtmpServerOptions.onPort(config.rtmpPort());
        live.listen(LiveNodeRole.bound(options, config), null);
        if (config.rtmpsPort() >= 0) {
            HotTls opened = LiveNodeRole.rtmpsTls(node);
            rtmpsTls = opened;
            RtmpServerOptions secure = RtmpServerOptions.onPort(config.rtmpsPort());
            live.listen(LiveNodeRole.bound(secure, config), opened::context);
        }
    }

    @Override
    public void drain(Duration patience) {
        // The listeners finish what they have.
    }

    @Override
    public void close() {
        if (players != null) {
            players.close();
        }
        if (rtmpsTls != null) {
            rtmpsTls.close();
        }
        if (hooks != null) {
            hooks.close();
        }
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
