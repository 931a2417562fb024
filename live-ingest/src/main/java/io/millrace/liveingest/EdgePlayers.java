package io.millrace.liveingest;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.delivery.http.EventLoops;
import io.millrace.delivery.http.HttpHandler;
import io.millrace.liveingest.auth.PublishAuthorizer;
import io.millrace.liveingest.auth.PublishDecision.Denied;
import io.millrace.liveingest.auth.PublishDecision.Reason;
import io.millrace.liveingest.info.ViewerCount;
import io.millrace.liveingest.play.FanOut;
import io.millrace.liveingest.play.FlvHandler;
import io.millrace.liveingest.play.PlayAccess;
import io.millrace.liveingest.play.PlayOptions;
import io.millrace.liveingest.play.SourcesElsewhere;
import io.millrace.liveingest.rtmp.session.RtmpServer;
import io.millrace.liveingest.rtmp.session.RtmpServerOptions;
import io.millrace.liveingest.stream.LiveEvents;
import io.millrace.liveingest.stream.LiveMetrics;
import io.millrace.liveingest.stream.LiveStreamOptions;
import io.millrace.liveingest.stream.LiveStreams;
import io.millrace.liveingest.stream.PublishConflictPolicy;
import io.netty.handler.ssl.SslContext;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/// Players of RTMP and HTTP-FLV on a node that takes no publishers: all streams are other nodes'.
///
/// Made, started and closed by one thread; the handler is thread-safe.
public final class EdgePlayers implements AutoCloseable {
    private static final PublishAuthorizer NOBODY =
            _ ->
                    CompletableFuture.completedFuture(
                            new Denied(
                                    Reason.NOT_FOUND,
                                    "This server plays streams; publish to another."));

    private final EventLoops loops;
    private final PlayAccess access;
    private final LiveMetrics metrics;
    private final LiveStreams none;
    private final FanOut fanOut;
    private final List<RtmpServer> servers = new ArrayList<>();

    /// @param elsewhere has all streams
    public EdgePlayers(
            EventLoops loops,
            SourcesElsewhere elsewhere,
            PlayOptions options,
            PlayAccess access,
            MeterRegistry meters) {
        this.loops = loops;
        this.access = access;
        metrics = new LiveMetrics(meters);
        none =
                new LiveStreams(
                        new LiveStreamOptions(
                                PublishConflictPolicy.REFUSE, Duration.ZERO, Duration.ZERO),
                        LiveEvents.NONE,
                        metrics,
                        (_, _) -> {});
        fanOut = new FanOut(none, options, meters, elsewhere);
    }

    /// Who watches here.
    public ViewerCount viewers() {
        return fanOut::viewers;
    }

    /// Serves `{name}.flv` below `/live/`.
    ///
    /// @param others for all other paths
    public HttpHandler httpHandler(HttpHandler others) {
        return new FlvHandler(fanOut, access, others);
    }

    /// Opens a port for players of RTMP, or of RTMPS when there is a context.
    ///
    /// @return the port
    /// @throws IOException when it is taken; the message names it
    public int listen(RtmpServerOptions options, @Nullable Supplier<SslContext> tls)
            throws IOException {
        RtmpServer server =
                new RtmpServer(options, loops, NOBODY, none, metrics, fanOut, access, tls).start();
        servers.add(server);
        return server.localPort();
    }

    @Override
    public void close() {
        servers.forEach(RtmpServer::close);
    }
}
