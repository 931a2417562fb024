package io.millrace.mediaserver;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.netty4.NettyAllocatorMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.millrace.delivery.http.AccessLog;
import io.millrace.delivery.http.AccessLogOptions;
import io.millrace.delivery.http.EventLoops;
import io.millrace.delivery.http.HttpRouter;
import io.millrace.delivery.http.HttpServer;
import io.millrace.delivery.http.HttpServerOptions;
import io.millrace.delivery.http.LoadGauge;
import io.millrace.delivery.http.TlsOptions;
import io.millrace.mediaserver.config.AccessLogConfig;
import io.millrace.mediaserver.config.HttpConfig;
import io.millrace.mediaserver.config.MillraceConfig;
import io.millrace.mediaserver.config.Role;
import io.millrace.mediaserver.lifecycle.DataFolder;
import io.millrace.mediaserver.lifecycle.IpAddresses;
import io.millrace.mediaserver.lifecycle.Ports;
import io.millrace.mediaserver.lifecycle.SessionStarts;
import io.millrace.mediaserver.lifecycle.SigningKeys;
import io.millrace.mediaserver.lifecycle.StartException;
import io.millrace.mediaserver.lifecycle.Storage;
import io.millrace.mediaserver.metrics.OperationsRoutes;
import io.millrace.mediaserver.metrics.Readiness;
import io.millrace.mediaserver.role.BatchNodeRole;
import io.millrace.mediaserver.role.DeliveryNodeRole;
import io.millrace.mediaserver.role.LiveEdgeRole;
import io.millrace.mediaserver.role.LiveNodeRole;
import io.millrace.mediaserver.role.Node;
import io.millrace.mediaserver.role.NodeRole;
import io.millrace.mediaserver.role.PlatformNodeRole;
import io.millrace.storage.blob.BlobStore;
import io.millrace.storage.process.FfmpegPrograms;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// The running program: one node with its roles.
///
/// Start order: data folder and its lock, ports, the operations listener, storage, roles, the
/// public listeners. Stop order: not ready, then the roles finish (publishers and jobs still need
/// the API, which the listeners carry), then the listeners, within the drain time-out; then
/// everything closes. Started and closed by one thread each; {@link #close} may come from a
/// shutdown hook.
public final class MediaServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MediaServer.class);

    private final MillraceConfig config;
    private final Readiness readiness = new Readiness();
    private final List<NodeRole> roles = new ArrayList<>();
    private final List<HttpServer> listeners = new ArrayList<>();
    private final Deque<AutoCloseable> owned = new ArrayDeque<>();
    private @Nullable PlatformNodeRole platform;
    private @Nullable BatchNodeRole batch;
    private volatile boolean listening;
    private @Nullable AccessLog accessLog;
    private @Nullable LoadGauge load;
    private boolean closed;

    private MediaServer(MillraceConfig config) {
        this.config = config;
    }

    /// Starts everything; on failure nothing stays behind.
    public static MediaServer start(MillraceConfig config) throws StartException {
        var server = new MediaServer(config);
        try {
            server.start();
        } catch (StartException | RuntimeException e) {
            server.close();
            throw e;
        }
        return server;
    }

    private void start() throws StartException {
        DataFolder data = own(DataFolder.open(Path.of(config.node().data())));
        data.emptyScratchFolder();
        new Ports()
                .want(config.http().bind(), config.http().port(), "http.port")
                .want(config.http().bind(), config.http().securePort(), "http.secure-port")
                .want(config.operations().bind(), config.operations().port(), "operations.port")
                .want(
                        config.live().bind(),
                        has(Role.LIVE) ? config.live().rtmpPort() : -1,
                        "live.rtmp-port")
                .want(
                        config.live().bind(),
                        has(Role.LIVE) ? config.live().rtmpsPort() : -1,
                        "live.rtmps-port")
                .check();

        var meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        owned.push(meters::close);
        own(new JvmGcMetrics()).bindTo(meters);
        new JvmMemoryMetrics().bindTo(meters);
        new JvmThreadMetrics().bindTo(meters);
        new ProcessorMetrics().bindTo(meters);
        new FileDescriptorMetrics().bindTo(meters);
        if (ByteBufAllocator.DEFAULT instanceof ByteBufAllocatorMetricProvider provider) {
            new NettyAllocatorMetrics(provider).bindTo(meters); // no part of the JVM's figures
        }
        EventLoops loops = own(EventLoops.start(0));
        readiness.check(
                "listeners",
                () ->
                        listening
                                ? Readiness.State.ok("open")
                                : Readiness.State.waitingFor(
                                        "the ports to open", "Wait some seconds."));
        HttpRouter operations = listenForOperations(meters, loops);

        String secret =
                config.cluster().secret().isEmpty()
                        ? data.secret("cluster-secret")
                        : config.cluster().secret();
        var router = new HttpRouter();
        var node =
                new Node(
                        nodeName(),
                        config,
                        data,
                        secret,
                        meters,
                        readiness,
                        loops,
                        router,
                        operations,
                        own(Storage.open(config, data, readiness, meters)),
                        SigningKeys.signer(config.delivery().signingKeys(), secret),
                        tls(config.http(), data));
        if (has(Role.API) || has(Role.SEARCH)) {
            platform = new PlatformNodeRole(node);
            roles.add(platform);
        }
        if (has(Role.DELIVERY)) {
            roles.add(new DeliveryNodeRole(node));
        }
        if (has(Role.LIVE)) {
            roles.add(new LiveNodeRole(node));
        } else if (has(Role.DELIVERY)) {
            NodeRole edge = LiveEdgeRole.of(node);
            if (edge != null) {
                roles.add(edge);
            }
        }
        if (has(Role.BATCH)) {
            batch = new BatchNodeRole(node);
            roles.add(batch);
        }
        for (NodeRole role : roles) {
            role.start();
        }
        accessLog = accessLog(data, node.blobs(), node.name(), meters);
        load = own(LoadGauge.start(meters));
        listen("http", config.http().port(), null, router, loops, meters);
        if (config.http().securePort() >= 0) {
            listen("https", config.http().securePort(), node.tls(), router, loops, meters);
        }
        listening = true;
        LOG.info(
                "node {} listens: roles {}, HTTP {}:{}, data folder {}",
                node.name(),
                config.node().roles().stream()
                        .map(role -> role.name().toLowerCase(Locale.ROOT))
                        .toList(),
                config.http().bind(),
                config.http().port(),
                data.root());
    }

    private boolean has(Role role) {
        return config.node().roles().contains(role);
    }

    private String nodeName() {
        if (!config.node().name().isEmpty()) {
            return config.node().name();
        }
        try {
            String host =
                    InetAddress.getLocalHost().getHostName().replaceAll("[^A-Za-z0-9_-]", "-");
            return host.substring(0, Math.min(host.length(), 64));
        } catch (UnknownHostException _) {
            return "node-1";
        }
    }

    private TlsOptions tls(HttpConfig http, DataFolder data) {
        return http.certificate().isEmpty()
                ? new TlsOptions.SelfSigned(data.resolve("secrets"), nodeName())
                : new TlsOptions.Files(
                        Path.of(http.certificate()), Path.of(http.certificateKey()), null);
    }

    private void listen(
            String name,
            int port,
            @Nullable TlsOptions tls,
            HttpRouter router,
            EventLoops loops,
            PrometheusMeterRegistry meters)
            throws StartException {
        HttpServerOptions options =
                HttpServerOptions.of(name, config.http().bind(), port)
                        .withTls(tls)
                        .withTlsCheck(config.http().certificateCheck())
                        .withLimits(config.limits().forListener(config.http()))
                        .withTrustedProxies(
                                IpAddresses.parse(
                                        "http.trusted-proxies", config.http().trustedProxies()))
                        .withProxyProtocolFrom(
                                IpAddresses.parse(
                                        "http.proxy-protocol-from",
                                        config.http().proxyProtocolFrom()))
                        .withHttp2(config.http().http2())
                        .withAccessLog(accessLog)
                        .withLoad(load)
                        .withSessionStarts(SessionStarts::test)
                        .withMeters(meters);
        startListener(options, router, loops);
    }

    /// Requests are written to this node's own disk, and finished files to the content store.
    private @Nullable AccessLog accessLog(
            DataFolder data, BlobStore store, String node, MeterRegistry meters)
            throws StartException {
        AccessLogConfig log = config.accessLog();
        if (!log.enabled()) {
            return null;
        }
        Path folder = data.resolve("logs").resolve("access");
        try {
            return own(
                    AccessLog.start(
                            new AccessLogOptions(
                                    folder,
                                    node.replaceAll("[^A-Za-z0-9_-]", "-"),
                                    log.format(),
                                    log.maskAddresses(),
                                    log.compress(),
                                    log.rotateSize().bytes(),
                                    log.rotateAfter()),
                            store,
                            meters));
        } catch (IOException e) {
            throw new StartException(
                    "Access log folder " + folder + " can't be used: " + e.getMessage(), e);
        }
    }

    private HttpRouter listenForOperations(PrometheusMeterRegistry meters, EventLoops loops)
            throws StartException {
        var router = new HttpRouter();
        new OperationsRoutes(readiness, meters).addTo(router);
        var options =
                HttpServerOptions.of(
                                "operations",
                                config.operations().bind(),
                                config.operations().port())
                        .withMeters(meters);
        startListener(options, router, loops);
        return router;
    }

    private void startListener(HttpServerOptions options, HttpRouter router, EventLoops loops)
            throws StartException {
        try {
            listeners.add(new HttpServer(options, router, loops).start());
        } catch (IOException e) {
            throw new StartException(String.valueOf(e.getMessage()), e);
        }
    }

    private <T extends AutoCloseable> T own(T part) {
        owned.push(part);
        return part;
    }

    public MillraceConfig config() {
        return config;
    }

    /// The host name by which this machine reaches its own listeners.
    public String localHost() {
        String bind = config.http().bind();
        return bind.equals("0.0.0.0") || bind.equals("::") ? "127.0.0.1" : bind;
    }

    /// Scheme, host and port of the HTTP listener as this machine reaches it.
    public String localUrl() {
        return "http://" + localHost() + ":" + config.http().port();
    }

    /// The platform role, when this node has it.
    public @Nullable PlatformNodeRole platform() {
        return platform;
    }

    /// The bundled ffmpeg, once the batch role has unpacked it.
    public Optional<FfmpegPrograms> ffmpeg() {
        return batch == null ? Optional.empty() : batch.programs();
    }

    /// For files that may go at the next start.
    public Path scratchFolder() {
        return Path.of(config.node().data(), "scratch");
    }

    /// Waits until every check of this node is ready.
    ///
    /// @return whether it became so within the time
    public boolean awaitReady(Duration patience) throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!readiness.lines().stream().allMatch(line -> line.state().ready())) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
        return true;
    }

    /// Drains and stops. Repeating it does nothing.
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        Duration patience = config.node().drainTimeout();
        long deadline = System.nanoTime() + patience.toNanos();
        readiness.drain();
        LOG.info("stopping: finishing what is in progress, {} s at most", patience.toSeconds());
        // Publishers and jobs first: they still need the API, which the listeners carry.
        for (NodeRole role : roles.reversed()) {
            quietly(() -> role.drain(left(deadline)));
        }
        for (HttpServer listener : listeners.reversed()) {
            quietly(() -> listener.drain(left(deadline)));
        }
        for (NodeRole role : roles.reversed()) {
            quietly(role::close);
        }
        while (!owned.isEmpty()) {
            quietly(owned.pop());
        }
        LOG.info("stopped");
    }

    private static Duration left(long deadline) {
        return Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
    }

    private static void quietly(AutoCloseable action) {
        try {
            action.close();
        } catch (Exception e) {
            LOG.warn("while stopping", e);
        }
    }
}
