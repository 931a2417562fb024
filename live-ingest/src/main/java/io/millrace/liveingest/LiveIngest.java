package io.millrace.liveingest;

import com.github.benmanes.caffeine.cache.Ticker;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.delivery.http.EventLoops;
import io.millrace.delivery.http.HttpHandler;
import io.millrace.liveingest.auth.CachingPublishAuthorizer;
import io.millrace.liveingest.auth.PublishAuthorizer;
import io.millrace.liveingest.gate.PlayGate;
import io.millrace.liveingest.gate.PlaylistGate;
import io.millrace.liveingest.info.LiveReports;
import io.millrace.liveingest.info.NodeViewers;
import io.millrace.liveingest.info.PlaylistViewers;
import io.millrace.liveingest.info.ViewerCount;
import io.millrace.liveingest.info.ViewersElsewhere;
import io.millrace.liveingest.info.ViewersHandler;
import io.millrace.liveingest.ladder.Ladder;
import io.millrace.liveingest.ladder.Ladders;
import io.millrace.liveingest.live.DvrWindow;
import io.millrace.liveingest.live.LiveElsewhere;
import io.millrace.liveingest.live.LiveHttpHandler;
import io.millrace.liveingest.live.LiveOutput;
import io.millrace.liveingest.live.LivePackager;
import io.millrace.liveingest.live.LivePresentation;
import io.millrace.liveingest.live.LivePresentations;
import io.millrace.liveingest.live.LiveThumbnails;
import io.millrace.liveingest.live.SegmentGrid;
import io.millrace.liveingest.live.WallTime;
import io.millrace.liveingest.past.PastFiles;
import io.millrace.liveingest.past.PastOptions;
import io.millrace.liveingest.play.FanOut;
import io.millrace.liveingest.play.FlvHandler;
import io.millrace.liveingest.play.PlayAccess;
import io.millrace.liveingest.play.SourcesElsewhere;
import io.millrace.liveingest.record.RecordingHandler;
import io.millrace.liveingest.record.RecordingSink;
import io.millrace.liveingest.record.Recordings;
import io.millrace.liveingest.rtmp.session.RtmpServer;
import io.millrace.liveingest.rtmp.session.RtmpServerOptions;
import io.millrace.liveingest.stream.LiveEvents;
import io.millrace.liveingest.stream.LiveMetrics;
import io.millrace.liveingest.stream.LiveSource;
import io.millrace.liveingest.stream.LiveStream;
import io.millrace.liveingest.stream.LiveStreamOptions;
import io.millrace.liveingest.stream.LiveStreams;
import io.millrace.liveingest.stream.StreamInfo;
import io.millrace.liveingest.webcam.WebcamEndpoint;
import io.millrace.liveingest.webcam.WebcamOptions;
import io.millrace.storage.blob.BlobStore;
import io.millrace.storage.sign.PathSigner;
import io.netty.handler.ssl.SslContext;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/// The live role, put together: RTMP in, HLS out, recordings in the blob store.
///
/// Made, started, drained and closed by one thread; the handler is thread-safe.
public final class LiveIngest implements AutoCloseable {
    /// What a live role needs of its surroundings. All stay their owner's.
    ///
    /// @param loops event loops, shared with the HTTP server
    /// @param past where what is not recorded is kept to go back in: what grows there can be read,
    ///   which a bucket does not give
    /// @param rtmpsContext needed when {@link LiveIngestOptions#rtmps} is set
    /// @param signer checks `/live/s/{token}/{entryId}/…`
    /// @param allowUnsigned whether `/live/{entryId}/…` without a token is served
    /// @param thumbnails null where none are made
    /// @param playGate asked about players and viewers
    /// @param elsewhere what becomes of requests for streams of other nodes; null for 404
    /// @param sourcesElsewhere the same for players of RTMP and HTTP-FLV
    public record Dependencies(
            EventLoops loops,
            BlobStore blobs,
            BlobStore past,
            PublishAuthorizer authorizer,
            RecordingSink recordings,
            LiveEvents events,
            MeterRegistry meters,
            @Nullable Supplier<SslContext> rtmpsContext,
            @Nullable PathSigner signer,
            boolean allowUnsigned,
            @Nullable LiveElsewhere elsewhere,
            @Nullable SourcesElsewhere sourcesElsewhere,
            @Nullable LiveThumbnails thumbnails,
            PlayGate playGate) {}

    private static final Logger log = LoggerFactory.getLogger(LiveIngest.class);

    private final LiveIngestOptions options;
    private final Dependencies dependencies;
    private final LiveMetrics metrics;
    private final LivePresentations presentations;
    private final LiveStreams streams;
    private final PublishAuthorizer authorizer;
    private final WebcamEndpoint webcam;
    private final FanOut fanOut;
    private final PlayAccess playAccess;
    private final LiveHttpHandler playlists;
    private final HttpHandler handler;
    private final PlaylistViewers viewers = new PlaylistViewers(Ticker.systemTicker());
    private final ViewerCount viewersHere;
    private final ViewersHandler told;
    private final RecordingHandler growing;
    private final LiveReports reports;
    private final Recordings recordings;
    private final PastFiles past;
    private final Ladders ladders;
    private final Clock clock = Clock.systemUTC();
    private @Nullable RtmpServer rtmp;
    private @Nullable RtmpServer rtmps;

    public LiveIngest(LiveIngestOptions options, Dependencies dependencies) {
        this.options = options;
        this.dependencies = dependencies;
        metrics = new LiveMetrics(dependencies.meters());
        presentations = new LivePresentations(clock);
        authorizer =
                new CachingPublishAuthorizer(
                        dependencies.authorizer(), options.rtmp().authorizeTimeout());
        recordings =
                new Recordings(
                        dependencies.blobs(),
                        dependencies.recordings(),
                        options.recording().withNode(options.nodeName()),
                        metrics);
        past =
                new PastFiles(
                        dependencies.past(),
                        PastOptions.of(
                                options.nodeName(),
                                options.window().dvr(),
                                options.playlistLinger()),
                        dependencies.meters());
        ladders = new Ladders(options.ladder(), dependencies.meters());
        streams =
                new LiveStreams(
                        new LiveStreamOptions(
                                options.conflictPolicy(),
                                options.resumeWindow(),
                                options.unpublishWindow()),
                        dependencies.events(),
                        metrics,
                        this::addSubscribers);
        webcam =
                new WebcamEndpoint(
                        new WebcamOptions(
                                options.rtmp().maxConnections(),
                                options.resumeWindow(),
                                options.rtmp().authorizeTimeout()),
                        authorizer,
                        streams,
                        options.record() ? recordings : null,
                        dependencies.meters());
        fanOut =
                new FanOut(
                        streams,
                        options.play(),
                        dependencies.meters(),
                        dependencies.sourcesElsewhere());
        playAccess =
                new PlayAccess(
                        dependencies.signer(),
                        dependencies.allowUnsigned(),
                        clock,
                        dependencies.playGate());
        playlists =
                new LiveHttpHandler(
                        presentations,
                        viewers,
                        dependencies.signer(),
                        dependencies.allowUnsigned(),
                        clock,
                        dependencies.meters(),
                        dependencies.elsewhere(),
                        dependencies.thumbnails(),
                        PlaylistGate.of(
                                dependencies.playGate(),
                                dependencies.signer(),
                                clock,
                                dependencies.meters()));
        handler = new FlvHandler(fanOut, playAccess, playlists);
        viewersHere = ViewerCount.sum(List.<ViewerCount>of(viewers, fanOut::viewers));
        var elsewhere = new ViewersElsewhere(streams::isLive, Ticker.systemTicker());
        told =
                new ViewersHandler(
                        elsewhere,
                        options.nodeName(),
                        dependencies.signer(),
                        clock,
                        dependencies.meters());
        growing =
                new RecordingHandler(
                        dependencies.blobs(), dependencies.signer(), clock, dependencies.meters());
        reports = new LiveReports(streams, options.nodeName(), viewersHere, elsewhere);
    }

    /// Binds the RTMP ports and starts the recovery of what an earlier run left unfinished (in the
    /// background).
    ///
    /// @throws IOException when a port is taken; the message names it
    public LiveIngest start() throws IOException {
        recordings.recover();
        past.start();
        ladders.start();
        if (options.record()) {
            Rehearsal.run(options);
        }
        rtmp =
                new RtmpServer(
                                options.rtmp(),
                                dependencies.loops(),
                                authorizer,
                                streams,
                                metrics,
                                fanOut,
                                playAccess,
                                null)
                        .start();
        RtmpServerOptions secure = options.rtmps();
        if (secure != null) {
            Supplier<SslContext> tls = dependencies.rtmpsContext();
            if (tls == null) {
                throw new IllegalArgumentException(
                        "rtmpsContext: null (expected: given when RTMPS is on)");
            }
            rtmps =
                    new RtmpServer(
                                    secure,
                                    dependencies.loops(),
                                    authorizer,
                                    streams,
                                    metrics,
                                    fanOut,
                                    playAccess,
                                    tls)
                            .start();
        }
        return this;
    }

    /// On the stream's event loop, before the new source's first publisher is attached.
    private void addSubscribers(LiveSource source, LiveStreams.PublishWish wish) {
        LiveStream stream = source.stream();
        WallTime wall = stream.clock()::wallTime;
        long firstSegment = 1;
        SegmentGrid grid = SegmentGrid.NONE;
        List<LiveOutput> outputs = new ArrayList<>();
        boolean shown = !options.play().relayOnly();
        // One rendition is the recording: the one that came first.
        boolean recorded = options.record() && wish.record() && stream.sources().size() <= 1;
        if (recorded) {
            stream.clock().startAt(recordings.startMs(stream.entryId()));
        }
        Duration back = options.window().dvrFor(wish.dvr());
        DvrWindow dvr =
                shown && back.isPositive()
                        ? new DvrWindow(back, recorded ? dependencies.blobs() : past.blobs())
                        : null;
        if (shown) {
            LivePresentation presentation =
                    presentations.running(
                            stream.entryId(),
                            firstSequence ->
                                    new LivePresentation(
                                            stream.entryId(),
                                            firstSequence,
                                            options.window(),
                                            stream.loop(),
                                            () -> playable(stream),
                                            ended -> forgetLater(stream, ended)));
            firstSegment = presentation.nextSequence();
            grid = presentation.grid(source.rendition());
            outputs.add(presentation.add(source.rendition(), wall, dvr));
        }
        if (recorded) {
            String partner = wish.stream().partnerId();
            outputs.add(
                    dvr == null
                            ? recordings.record(stream.entryId(), partner)
                            : recordings.record(stream.entryId(), partner, dvr::recorded));
        } else if (dvr != null) {
            outputs.add(past.keep(stream.entryId(), source.rendition(), dvr));
        }
        if (ladders.isOn() && stream.sources().size() <= 1) {
            // One rendition is transcoded, too: of several, the encoder makes its own ladder.
            Ladder ladder = ladders.of(source);
            source.subscribe(ladder);
            outputs.add(ladder.segments());
        }
        if (outputs.isEmpty()) {
            return;
        }
        source.subscribe(
                new LivePackager(
                        stream.entryId(),
                        options.segmentTarget(),
                        options.window().maxSegment(),
                        options.window().partTarget(),
                        firstSegment,
                        wall,
                        metrics,
                        outputs,
                        grid));
    }

    private void playable(LiveStream stream) {
        StreamInfo info = stream.info();
        if (info != null) {
            log.info("live {}: playable", stream.entryId());
            dependencies.events().streamPlayable(info);
        }
    }

    private void forgetLater(LiveStream stream, LivePresentation presentation) {
        try {
            stream.loop()
                    .schedule(
                            () -> presentations.remove(presentation),
                            options.playlistLinger().toMillis(),
                            TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException _) {
            presentations.remove(presentation); // the loops are going down
        }
    }

    public int rtmpPort() {
        if (rtmp == null) {
            throw new IllegalStateException("not started");
        }
        return rtmp.localPort();
    }

    /// -1 when RTMPS is off.
    public int rtmpsPort() {
        return rtmps == null ? -1 : rtmps.localPort();
    }

    /// Serves `/live/`: add it to a router under that prefix.
    public HttpHandler httpHandler() {
        return exchange -> {
            String path = exchange.pathBelowRoute();
            boolean tells = path.equals(NodeViewers.PATH) || path.equals("/" + NodeViewers.PATH);
            (tells
                            ? told
                            : RecordingHandler.isAt(path)
                                    ? growing
                                    : WebcamEndpoint.isAt(path) ? webcam : handler)
                    .handle(exchange);
        };
    }

    /// Who watches on this node: its own streams, and others'.
    public ViewerCount viewers() {
        return viewersHere;
    }

    /// How the streams of this node are doing.
    public LiveReports reports() {
        return reports;
    }

    /// Ends a stream from outside; its publisher is told.
    public void endStream(String entryId) {
        streams.end(entryId);
    }

    public boolean isLive(String entryId) {
        return streams.isLive(entryId);
    }

    /// Refuses new publishers, ends the streams and their recordings, and waits until these are
    /// closed and handed over, as long as `patience`.
    public void drain(Duration patience) {
        long deadline = System.nanoTime() + patience.toNanos();
        for (RtmpServer server : new RtmpServer[] {rtmp, rtmps}) {
            if (server != null) {
                server.stopAccepting();
            }
        }
        webcam.drain();
        try {
            streams.drain()
                    .toCompletableFuture()
                    .get(Math.max(100, left(deadline)), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            log.warn("live: not all streams ended in time: {}", e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (RtmpServer server : new RtmpServer[] {rtmp, rtmps}) {
            if (server != null) {
                server.awaitConnections(Math.max(0, Math.min(2000, left(deadline))));
            }
        }
        recordings.close(Math.max(500, left(deadline)));
        past.close(Math.max(500, left(deadline)));
        playlists.close();
        ladders.close();
    }

    private static long left(long deadlineNanos) {
        return TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime());
    }

    /// Drains with a patience of five seconds.
    @Override
    public void close() {
        drain(Duration.ofSeconds(5));
    }
}
