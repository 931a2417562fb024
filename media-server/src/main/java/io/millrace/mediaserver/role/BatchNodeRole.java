package io.millrace.mediaserver.role;

import io.millrace.batch.transcode.TranscodeSettings;
import io.millrace.batch.worker.BatchRole;
import io.millrace.batch.worker.BatchSettings;
import io.millrace.batch.worker.PlatformJobQueue;
import io.millrace.mediaserver.config.BatchConfig;
import io.millrace.mediaserver.config.Sandboxing;
import io.millrace.mediaserver.lifecycle.StartException;
import io.millrace.mediaserver.metrics.Readiness;
import io.millrace.platformapi.client.PlatformClient;
import io.millrace.storage.process.FfmpegPrograms;
import io.millrace.storage.process.Sandbox;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// The batch role. Unpacking ffmpeg takes a second the first time, so it starts in the background.
public final class BatchNodeRole implements NodeRole {
    private static final Logger LOG = LoggerFactory.getLogger(BatchNodeRole.class);

    private final Node node;
    private final PlatformClient platform;
    private final ExecutorService blocking = Executors.newVirtualThreadPerTaskExecutor();
    private final RecordingsOfNodes recordings;
    private final Object life = new Object();
    // Guarded by life.
    private @Nullable BatchRole role;
    private boolean stopped;
    private volatile Readiness.State state =
            Readiness.State.waitingFor("unpacking ffmpeg", "Wait some seconds.");

    public BatchNodeRole(Node node) {
        this.node = node;
        this.platform = ClusterClients.batch(node, Duration.ofSeconds(15));
        this.recordings =
                new RecordingsOfNodes(
                        new PlatformStreamLocator(platform, node.ownUrl(), blocking),
                        node.signer(),
                        InstantSource.system());
    }

    @Override
    public void start() throws StartException {
        if (node.config().batch().sandbox() == Sandboxing.REQUIRE) {
            requireSandbox();
        }
        node.readiness().check("batch", this::state);
        Thread.ofVirtual().name("batch-start").start(this::startRole);
    }

    private static void requireSandbox() throws StartException {
        try {
            if (!Sandbox.detect().isBubblewrap()) {
                throw new StartException(
                        "batch.sandbox = require, and bubblewrap does not work here: install it (Debian package"
                                + " bubblewrap) and allow user namespaces, or set batch.sandbox = auto.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartException("interrupted", e);
        }
    }

    private void startRole() {
        try {
            BatchRole started =
                    BatchRole.start(
                            settings(node.config().batch()),
                            new PlatformJobQueue(platform),
                            node.blobs(),
                            recordings,
                            node.meters());
            synchronized (life) {
                if (stopped) {
                    started.close();
                } else {
                    role = started;
                }
            }
        } catch (IOException e) {
            fail(String.valueOf(e.getMessage()));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void fail(String reason) {
        LOG.error("batch can't start: {}", reason);
        state = Readiness.State.waitingFor(reason, "Mend it and restart this node.");
    }

    private Readiness.State state() {
        synchronized (life) {
            if (role == null) {
                return state;
            }
            return role.isReady()
                    ? Readiness.State.ok(role.runningJobs() + " jobs running")
                    : Readiness.State.waitingFor(
                            "the platform's job queue", "Check cluster.api and the API nodes.");
        }
    }

    private BatchSettings settings(BatchConfig config) {
        int cores = Runtime.getRuntime().availableProcessors();
        int slots = config.slots() > 0 ? config.slots() : Math.max(1, cores / 2);
        return new BatchSettings(
                node.name(),
                slots,
                Math.max(1, cores / 2),
                new TranscodeSettings(
                        TranscodeSettings.Preset.valueOf(config.preset().toUpperCase(Locale.ROOT)),
                        Math.min(cores, 8)),
                config.sandbox() != Sandboxing.OFF,
                node.data().resolve("cache"),
                Duration.ofSeconds(10),
                Duration.ofSeconds(25));
    }

    /// The programs, once they are unpacked: the demo makes its clips with them.
    public Optional<FfmpegPrograms> programs() {
        synchronized (life) {
            return Optional.ofNullable(role).map(BatchRole::programs);
        }
    }

    @Override
    public void drain(Duration patience) {
        // A conversion may take hours: jobs are given back, and another worker, or the next start,
        // does them.
        close();
    }

    @Override
    public void close() {
        BatchRole running;
        synchronized (life) {
            stopped = true;
            running = role;
            role = null;
        }
        if (running != null) {
            running.close();
            recordings.close();
            platform.close();
            blocking.shutdown();
        }
    }
}
