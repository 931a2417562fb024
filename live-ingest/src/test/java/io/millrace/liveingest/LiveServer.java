package io.millrace.liveingest;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.delivery.http.EventLoops;
import io.millrace.delivery.http.HttpRouter;
import io.millrace.delivery.http.HttpServer;
import io.millrace.delivery.http.HttpServerOptions;
import io.millrace.delivery.http.TlsContexts;
import io.millrace.delivery.http.TlsOptions;
import io.millrace.delivery.thumbnail.PictureMaker;
import io.millrace.delivery.thumbnail.ThumbnailOptions;
import io.millrace.liveingest.auth.PublishDecision;
import io.millrace.liveingest.auth.PublishDecision.Allowed;
import io.millrace.liveingest.auth.PublishDecision.Denied;
import io.millrace.liveingest.auth.PublishDecision.Reason;
import io.millrace.liveingest.edge.LiveEdge;
import io.millrace.liveingest.gate.PlayGate;
import io.millrace.liveingest.live.LiveThumbnails;
import io.millrace.liveingest.record.RecordingFinished;
import io.millrace.liveingest.record.RecordingSink;
import io.millrace.liveingest.record.RecordingStarted;
import io.millrace.liveingest.stream.LiveEvents;
import io.millrace.liveingest.stream.PublishConflictPolicy;
import io.millrace.liveingest.stream.StreamInfo;
import io.millrace.storage.blob.LocalBlobStore;
import io.millrace.storage.sign.PathSigner;
import io.netty.handler.ssl.SslContext;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/// The whole live role with a real HTTP server and a real blob store, on free ports. The platform
/// is this class: the key is "secret", and recordings are accepted at the second call.
public final class LiveServer implements AutoCloseable {
    public final List<String> events = new CopyOnWriteArrayList<>();
    public final List<RecordingStarted> started = new CopyOnWriteArrayList<>();
    public final List<RecordingFinished> finished = new CopyOnWriteArrayList<>();

    /// Reasons of failures, and "resumed".
    public final List<String> troubles = new CopyOnWriteArrayList<>();

    public final LocalBlobStore blobs;
    public final LiveIngest live;

    /// Signs what nodes tell each other.
    public static final PathSigner NODES =
            new PathSigner(new LinkedHashMap<>(Map.of("k", new byte[32])));

    private boolean closed;
    private final EventLoops loops = EventLoops.start(2);
    private final HttpServer http;
    private final HttpClient client = HttpClient.newHttpClient();
    private final AtomicInteger refusals = new AtomicInteger(1);

    public LiveServer(Path folder) throws IOException {
        this(folder, PublishConflictPolicy.TAKE_OVER);
    }

    public LiveServer(Path folder, String nodeName) throws IOException {
        this(folder, LiveIngestOptions.onPorts(0, null).withNodeName(nodeName));
    }

    public LiveServer(Path folder, PublishConflictPolicy policy) throws IOException {
        this(folder, LiveIngestOptions.onPorts(0, null).withConflictPolicy(policy));
    }

    public LiveServer(Path folder, LiveIngestOptions options) throws IOException {
        this(folder, options, null);
    }

    /// @param edge for streams that are not here
    public LiveServer(Path folder, LiveIngestOptions options, @Nullable LiveEdge edge)
            throws IOException {
        this(folder, options, edge, PlayGate.OPEN);
    }

    /// @param gate asked about players and viewers
    public LiveServer(
            Path folder, LiveIngestOptions options, @Nullable LiveEdge edge, PlayGate gate)
            throws IOException {
        var meters = new SimpleMeterRegistry();
        blobs = new LocalBlobStore(folder, meters);
        live =
                new LiveIngest(
                        options,
                        new LiveIngest.Dependencies(
                                loops,
                                blobs,
                                blobs,
                                request ->
                                        CompletableFuture.supplyAsync(
                                                () -> decide(request.token(), request.entryId())),
                                new Sink(),
                                new Events(),
                                meters,
                                options.rtmps() == null ? null : tls(folder.resolve("tls")),
                                NODES,
                                true,
                                edge,
                                edge == null ? null : edge.sources(),
                                new LiveThumbnails(
                                        new PictureMaker(ThumbnailOptions.DEFAULT, meters),
                                        Duration.ofSeconds(2)),
                                gate));
        live.start();
        http =
                new HttpServer(
                                HttpServerOptions.of("http", "127.0.0.1", 0),
                                new HttpRouter().add("/live/", "live", live.httpHandler()),
                                loops)
                        .start();
    }

    private static Supplier<SslContext> tls(Path folder) throws IOException {
        SslContext context = TlsContexts.server(new TlsOptions.SelfSigned(folder, "localhost"));
        return () -> context;
    }

    private static PublishDecision decide(String token, String entryId) {
        return token.equals("secret")
                ? new Allowed(entryId, true)
                : new Denied(Reason.UNAUTHORIZED, "The stream key is wrong.");
    }

    public String publishUrl(String entryId, String key) {
        return "rtmp://127.0.0.1:"
                + live.rtmpPort()
                + "/kLive/"
                + entryId
                + "_1?p=101&e="
                + entryId
                + "&i=0&t="
                + key;
    }

    /// The node, as others ask it.
    public URI node() {
        return URI.create("http://127.0.0.1:" + http.localPort());
    }

    public String playUrl(String entryId, String name) {
        return "http://127.0.0.1:" + http.localPort() + "/live/" + entryId + "/" + name;
    }

    public HttpResponse<String> get(String entryId, String name)
            throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(URI.create(playUrl(entryId, name))).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    public byte[] bytes(String entryId, String name) throws IOException, InterruptedException {
        return client.send(
                        HttpRequest.newBuilder(URI.create(playUrl(entryId, name))).build(),
                        HttpResponse.BodyHandlers.ofByteArray())
                .body();
    }

    /// @param path below `/live/`
    public String url(String path) {
        return "http://127.0.0.1:" + http.localPort() + "/live/" + path;
    }

    /// Where a player of RTMP finds a stream.
    public String rtmpUrl(String name) {
        return "rtmp://127.0.0.1:" + live.rtmpPort() + "/live/" + name;
    }

    /// @param path below `/live/`
    public HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(URI.create(url(path))).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /// @param path below `/live/`
    public byte[] bytes(String path) throws IOException, InterruptedException {
        HttpResponse<byte[]> response =
                client.send(
                        HttpRequest.newBuilder(URI.create(url(path))).build(),
                        HttpResponse.BodyHandlers.ofByteArray());
        if (response.statusCode() != 200) {
            throw new IOException(path + ": " + response.statusCode());
        }
        return response.body();
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        live.close();
        http.close();
        loops.close();
        blobs.close();
    }

    private final class Sink implements RecordingSink {
        @Override
        public void recordingStarted(RecordingStarted recording) {
            started.add(recording);
        }

        @Override
        public void recordingFailed(RecordingStarted recording, String reason) {
            troubles.add(reason);
        }

        @Override
        public void recordingResumed(RecordingStarted recording) {
            troubles.add("resumed");
        }

        @Override
        public void recordingFinished(RecordingFinished recording) throws IOException {
            if (refusals.getAndDecrement() > 0) {
                throw new IOException("the platform is away");
            }
            finished.add(recording);
        }
    }

    private final class Events implements LiveEvents {
        @Override
        public void streamStarted(StreamInfo stream) {
            events.add("started " + stream.entryId());
        }

        @Override
        public void streamPlayable(StreamInfo stream) {
            events.add("playable " + stream.entryId());
        }

        @Override
        public void streamInterrupted(StreamInfo stream) {
            events.add("interrupted " + stream.entryId());
        }

        @Override
        public void streamResumed(StreamInfo stream) {
            events.add("resumed " + stream.entryId());
        }

        @Override
        public void streamEnded(StreamInfo stream) {
            events.add("ended " + stream.entryId());
        }
    }
}
