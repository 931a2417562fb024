package io.millrace.mediaserver.role;

import io.millrace.delivery.http.HotTls;
import io.millrace.delivery.http.HttpHandler;
import io.millrace.delivery.thumbnail.PictureMaker;
import io.millrace.liveingest.LiveIngest;
import io.millrace.liveingest.LiveIngestOptions;
import io.millrace.liveingest.auth.PublishAuthorizer;
import io.millrace.liveingest.gate.PlayGate;
import io.millrace.liveingest.hook.HookedAuthorizer;
import io.millrace.liveingest.hook.HookedEvents;
import io.millrace.liveingest.hook.HookedPlay;
import io.millrace.liveingest.hook.HookedRecordings;
import io.millrace.liveingest.hook.LiveHooks;
import io.millrace.liveingest.info.LiveReportHandler;
import io.millrace.liveingest.ladder.LadderOptions;
import io.millrace.liveingest.ladder.LadderRung;
import io.millrace.liveingest.live.LiveThumbnails;
import io.millrace.liveingest.live.LiveWindowOptions;
import io.millrace.liveingest.play.PlayOptions;
import io.millrace.liveingest.record.RecordingOptions;
import io.millrace.liveingest.record.RecordingSink;
import io.millrace.liveingest.rtmp.session.RtmpServerOptions;
import io.millrace.liveingest.stream.LiveEvents;
import io.millrace.liveingest.stream.PublishConflictPolicy;
import io.millrace.mediaserver.config.HooksConfig;
import io.millrace.mediaserver.config.LadderConfig;
import io.millrace.mediaserver.config.LiveConfig;
import io.millrace.mediaserver.config.PublishConflict;
import io.millrace.mediaserver.lifecycle.IpAddresses;
import io.millrace.mediaserver.lifecycle.StartException;
import io.millrace.mediaserver.lifecycle.Storage;
import io.millrace.mediaserver.route.PlatformHandler;
import io.millrace.platformapi.http.ApiResponse;
import io.millrace.platformapi.web.WebPages;
import io.millrace.storage.blob.BlobStore;
import io.netty.handler.ssl.SslContext;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/// The live role: RTMP ingest, live HLS and recordings; joined to the platform over HTTP, or on its
/// own.
public final class LiveNodeRole implements NodeRole {
    private final Node node;
    private final ExecutorService blocking = Executors.newVirtualThreadPerTaskExecutor();
    private @Nullable LivePlatform platform;
    private @Nullable LiveHooks hooks;
    private @Nullable LiveEdgeRole others;
    private @Nullable LiveThumbnails thumbnails;
    private @Nullable BlobStore past;
    private @Nullable LiveIngest ingest;
    private @Nullable HotTls rtmpsTls;

    public LiveNodeRole(Node node) {
        this.node = node;
    }

    @Override
    public void start() throws StartException {
        LiveConfig config = node.config().live();
        boolean alone = node.config().liveStandsAlone();
        try {
            LivePlatform asked =
                    alone
                            ? new LivePlatform.Alone(node.config().publish(), blocking)
                            : new LivePlatform.Joined(node, blocking);
            platform = asked;
            others = LiveEdgeRole.of(node);
            BlobStore kept = Storage.past(node.config(), node.data(), node.blobs(), node.meters());
            past = kept;
            var live =
                    new LiveIngest(
                            options(config, alone),
                            dependencies(
                                    asked,
                                    kept,
                                    alone
                                            ? node.config().local().unsigned()
                                            : node.config().delivery().unsigned(),
                                    rtmpsContext(config)));
            ingest = live.start();
            node.router().add("/live/", "live", live.httpHandler());
            if (alone) {
                addWebcamPage();
            }
            node.operations().add("/live", "live-report", new LiveReportHandler(live.reports()));
            asked.start(live.reports());
            if (others != null) {
                others.tellViewers(live.viewers(), live::isLive);
            }
        } catch (IOException e) {
            throw new StartException(String.valueOf(e.getMessage()), e);
        }
    }

    /// The page that records in a browser; with a platform its nodes serve it. Below one path,
    /// which is all that it takes of a folder that is served beside it.
    private void addWebcamPage() {
        var pages = new WebPages("/webcam/");
        var handler =
                new PlatformHandler(
                        request ->
                                pages.handle(request)
                                        .orElseGet(
                                                () ->
                                                        ApiResponse.text(
                                                                404,
                                                                "text/plain; charset=utf-8",
                                                                "There is no such page.\n")),
                        node.blobs(),
                        node.config().http().publicUrl());
        node.router().add("/webcam", "webcam", HttpHandler.blocking(handler));
    }

    private LiveIngest.Dependencies dependencies(
            LivePlatform asked,
            BlobStore past,
            boolean unsigned,
            @Nullable Supplier<SslContext> rtmpsContext) {
        PublishAuthorizer authorizer = asked.authorizer();
        RecordingSink recordings = asked.recordings();
        LiveEvents events = asked.events();
        LiveHooks called = hooks(node);
        hooks = called;
        if (called != null) {
            authorizer = new HookedAuthorizer(authorizer, called);
            recordings = new HookedRecordings(recordings, called);
            events = new HookedEvents(events, called);
        }
        return new LiveIngest.Dependencies(
                node.loops(),
                node.blobs(),
                past,
                authorizer,
                recordings,
                events,
                node.meters(),
                rtmpsContext,
                node.signer(),
                unsigned,
                others == null ? null : others.edge(),
                others == null ? null : others.edge().sources(),
                thumbnails(),
                called == null ? PlayGate.OPEN : HookedPlay.of(called, node.meters()));
    }

    /// The operator's program; null where there is none.
    static @Nullable LiveHooks hooks(Node node) {
        HooksConfig config = node.config().hooks();
        return config.url().isEmpty()
                ? null
                : new LiveHooks(
                        URI.create(config.url()),
                        Set.copyOf(config.events()),
                        config.timeout(),
                        node.name(),
                        node.meters());
    }

    private @Nullable LiveThumbnails thumbnails() {
        Duration interval = node.config().live().thumbnailInterval();
        if (interval.isZero()) {
            return null;
        }
        var made =
                new LiveThumbnails(
                        new PictureMaker(
                                "live-thumbnail", DeliveryNodeRole.thumbnails(node), node.meters()),
                        interval);
        thumbnails = made;
        return made;
    }

    private LiveIngestOptions options(LiveConfig config, boolean alone) throws StartException {
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
                        defaults.window().partTarget(),
                        config.dvrWindow()),
                defaults.playlistLinger(),
                config.recording(),
                defaults.recording()
                        .withSplit(
                                new RecordingOptions.Split(
                                        config.recordingSplitDuration(),
                                        config.recordingSplitSize().bytes()))
                        // A platform puts what belongs together into one entry.
                        .withResumeAfterStart(alone ? config.resumeWindow() : Duration.ZERO),
                playOptions(config),
                ladder());
    }

    static PlayOptions playOptions(LiveConfig config) {
        return new PlayOptions(Duration.ofMillis(config.playBatch()), config.relayOnly());
    }

    /// Its ffmpeg is fenced in as batch's is.
    private LadderOptions ladder() {
        LadderConfig config = node.config().ladder();
        return new LadderOptions(
                config.rungs().stream().map(LadderRung::parse).toList(),
                config.streams(),
                DeliveryNodeRole.fence(node),
                node.data().resolve("cache"));
    }

    /// Encoders and players of one site often share an address, so those that are used are limited
    /// for the node alone; of the others one address has half the places at most.
    static RtmpServerOptions bound(RtmpServerOptions defaults, LiveConfig config)
            throws StartException {
        return new RtmpServerOptions(
                config.bind(),
                defaults.port(),
                defaults.handshakeTimeout(),
                defaults.silenceTimeout(),
                defaults.authorizeTimeout(),
                config.maxPublishers(),
                Math.max(1, config.maxPublishers() / 2),
                IpAddresses.parse("live.proxy-protocol-from", config.proxyProtocolFrom()));
    }

    /// What the next connection of RTMPS is shown; follows the certificate's files.
    private @Nullable Supplier<SslContext> rtmpsContext(LiveConfig config) throws IOException {
        if (config.rtmpsPort() < 0) {
            return null;
        }
        HotTls opened = rtmpsTls(node);
        rtmpsTls = opened;
        return opened::context;
    }

    static HotTls rtmpsTls(Node node) throws IOException {
        return HotTls.open(
                "rtmps", node.tls(), false, node.config().http().certificateCheck(), node.meters());
    }

    @Override
    public void drain(Duration patience) {
        if (platform != null) {
            platform.draining();
        }
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
        if (platform != null) {
            platform.close();
        }
        if (hooks != null) {
            hooks.close();
        }
        if (others != null) {
            others.close();
        }
        if (thumbnails != null) {
            thumbnails.close();
        }
        if (past != null && past != node.blobs()) {
            past.close();
        }
        blocking.shutdown();
    }
}
