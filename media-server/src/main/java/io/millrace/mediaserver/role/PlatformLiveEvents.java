package io.millrace.mediaserver.role;

import io.millrace.liveingest.stream.LiveEvents;
import io.millrace.liveingest.stream.StreamInfo;
import io.millrace.platformapi.client.ApiClientException;
import io.millrace.platformapi.client.PlatformClient;
import io.millrace.platformapi.model.ServerNodeStatus;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/// Registers streams with the platform: `liveStream.registerMediaServer` when one starts, again as
/// a heartbeat, and `unregisterMediaServer` at its end. All calls are made by one thread, in order;
/// a platform that can't be reached is told with the next heartbeat. Thread-safe.
final class PlatformLiveEvents implements LiveEvents, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PlatformLiveEvents.class);
    private static final int HEARTBEAT_SECONDS = 20;

    private record Registered(StreamInfo stream, int status) {}

    private final PlatformClient platform;
    private final String nodeAddress;

    /// Streams that end from now on end because this node does.
    private volatile boolean draining;

    private final Map<String, Registered> streams = new ConcurrentHashMap<>();
    private final Set<String> interrupted = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService calls =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("live-events").factory());

    /// @param nodeAddress how other nodes reach this one over HTTP
    PlatformLiveEvents(PlatformClient platform, String nodeAddress) {
        this.platform = platform;
        this.nodeAddress = nodeAddress;
    }

    void start() {
        calls.scheduleWithFixedDelay(
                () ->
                        streams.values().stream()
                                .filter(it -> !interrupted.contains(it.stream().entryId()))
                                .forEach(this::register),
                HEARTBEAT_SECONDS,
                HEARTBEAT_SECONDS,
                TimeUnit.SECONDS);
    }

    @Override
    public void streamStarted(StreamInfo stream) {
        LOG.info("stream {}: published by {}", stream.entryId(), stream.remoteAddress());
        set(stream, ServerNodeStatus.BROADCASTING);
    }

    @Override
    public void streamPlayable(StreamInfo stream) {
        LOG.info("stream {}: playable", stream.entryId());
        set(stream, ServerNodeStatus.PLAYABLE);
    }

    @Override
    public void streamInterrupted(StreamInfo stream) {
        LOG.info("stream {}: publisher gone, waiting for it to come back", stream.entryId());
        // It may be on its way to another node, which then says that the stream is there.
        interrupted.add(stream.entryId());
    }

    @Override
    public void streamResumed(StreamInfo stream) {
        LOG.info("stream {}: publisher back from {}", stream.entryId(), stream.remoteAddress());
        interrupted.remove(stream.entryId());
        Registered registered = streams.get(stream.entryId());
        if (registered != null) {
            submit(() -> register(registered));
        }
    }

    @Override
    public void streamEnded(StreamInfo stream) {
        LOG.info("stream {}: ended", stream.entryId());
        streams.remove(stream.entryId());
        interrupted.remove(stream.entryId());
        submit(
                () ->
                        call(
                                stream,
                                "liveStream.unregisterMediaServer",
                                Map.of(
                                        "entryId", stream.entryId(),
                                        "hostname", nodeAddress,
                                        "mediaServerIndex", Integer.toString(stream.index()),
                                        "resumable", Boolean.toString(draining))));
    }

    private void set(StreamInfo stream, int status) {
        var registered = new Registered(stream, status);
        streams.put(stream.entryId(), registered);
        submit(() -> register(registered));
    }

    private void submit(Runnable call) {
        if (!calls.isShutdown()) {
            calls.execute(call);
        }
    }

    private void register(Registered registered) {
        StreamInfo stream = registered.stream();
        var parameters = new HashMap<String, Object>();
        parameters.put("entryId", stream.entryId());
        parameters.put("hostname", nodeAddress);
        parameters.put("mediaServerIndex", Integer.toString(stream.index()));
        parameters.put("applicationName", stream.app());
        parameters.put("liveEntryStatus", registered.status());
        call(stream, "liveStream.registerMediaServer", parameters);
    }

    private void call(StreamInfo stream, String action, Map<String, ?> parameters) {
        try {
            platform.call(action, parameters);
        } catch (ApiClientException | IOException e) {
            LOG.warn("stream {}: {}: {}", stream.entryId(), action, e.getMessage());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    void draining() {
        draining = true;
    }

    /// Sends what is queued, some seconds at most.
    @Override
    public void close() {
        calls.shutdown();
        try {
            if (!calls.awaitTermination(5, TimeUnit.SECONDS)) {
                calls.shutdownNow();
            }
        } catch (InterruptedException _) {
            calls.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
