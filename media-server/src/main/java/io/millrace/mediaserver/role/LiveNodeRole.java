package io.millrace.mediaserver.role;

import io.millrace.delivery.http.HotTls;
import io.millrace.liveingest.LiveIngest;
import io.millrace.liveingest.LiveIngestOptions;
import io.millrace.liveingest.live.LiveWindowOptions;
import io.millrace.liveingest.rtmp.session.RtmpServerOptions;
import io.millrace.liveingest.stream.PublishConflictPolicy;
import io.millrace.mediaserver.config.LiveConfig;
import io.millrace.mediaserver.config.PublishConflict;
import io.millrace.mediaserver.lifecycle.StartException;
import io.millrace.platformapi.client.PlatformClient;
import io.netty.handler.ssl.SslContext;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/// The live role: RTMP ingest, live HLS and recordings, joined to the platform over HTTP.
public final class LiveNodeRole implements NodeRole {
    private final Node node;
    private final PlatformClient platform;
    private final PlatformLiveEvents events;
    private final ExecutorService blocking = Executors.newVirtualThreadPerTaskExecutor();
    private @Nullable LiveIngest ingest;
    private @Nullable HotTls rtmpsTls;

    public LiveNodeRole(Node node) {
        this.node = node;
        this.platform = ClusterClients.mediaServer(node, Duration.ofSeconds(5));
        this.events = new PlatformLiveEvents(platform, node.ownUrl());
    }

    @Override
    public void start() throws StartException {
        LiveConfig config = node.config().live();
        try {
            var live =
                    new LiveIngest(
                            options(config),
                            new LiveIngest.Dependencies(
                                    node.loops(),
                                    node.blobs(),
                                    new PlatformPublishAuthorizer(platform, node.name(), blocking),
                                    new PlatformRecordings(platform),
                                    events,
                                    node.meters(),
                                    rtmpsContext(config),
                                    node.signer(),
                                    node.config().delivery().unsigned()));
            ingest = live.start();
            node.router().add("/live/", "live", live.httpHandler());
            events.start();
        } catch (IOException e) {
            throw new StartException(String.valueOf(e.getMessage()), e);
        }
    }

    private LiveIngestOptions options(LiveConfig config) {
        Duration maxSegment = config.segmentDuration().multipliedBy(2);
        LiveIngestOptions defaults =
                LiveIngestOptions.onPorts(
                        config.rtmpPort(), config.rtmpsPort() < 0 ? null : config.rtmpsPort());
        return new LiveIngestOptions(
                node.name(),
                bound(defaults.rtmp(), config),
                defaults.rtmps() == null ? null : bound(defaults.rtmps(), config),
                config.conflict() == PublishConflict.TAKE_OVER
                        ? PublishConflictPolicy.TAKE_OVER
                        : PublishConflictPolicy.REFUSE,
                config.resumeWindow(),
                defaults.unpublishWindow(),
                config.segmentDuration(),
                new LiveWindowOptions(
                        Math.max(
                                3,
                                Math.toIntExact(
                                        config.window().dividedBy(config.segmentDuration()))),
                        config.windowMemory().bytes(),
                        maxSegment,
                        defaults.window().partTarget()),
                defaults.playlistLinger(),
                config.recording(),
                defaults.recordingQueue());
    }

    /// Encoders of one site often share an address, so the limit is the node's alone.
    private static RtmpServerOptions bound(RtmpServerOptions defaults, LiveConfig config) {
        return new RtmpServerOptions(
                config.bind(),
                defaults.port(),
                defaults.handshakeTimeout(),
                defaults.silenceTimeout(),
                defaults.authorizeTimeout(),
                config.maxPublishers(),
                config.maxPublishers());
    }

    /// What the next connection of RTMPS is shown; follows the certificate's files.
    private @Nullable Supplier<SslContext> rtmpsContext(LiveConfig config) throws IOException {
        if (config.rtmpsPort() < 0) {
            return null;
        }
        HotTls opened =
                HotTls.open(
                        "rtmps",
                        node.tls(),
                        false,
                        node.config().http().certificateCheck(),
                        node.meters());
        rtmpsTls = opened;
        return opened::context;
    }

    @Override
    public void drain(Duration patience) {
        if (ingest != null) {
            ingest.drain(patience);
        }
    }

    @Override
    public void close() {
        if (ingest != null) {
            ingest.close();
        }
        if (rtmpsTls != null) {
            rtmpsTls.close();
        }
        events.close();
        blocking.shutdown();
        platform.close();
    }
}
