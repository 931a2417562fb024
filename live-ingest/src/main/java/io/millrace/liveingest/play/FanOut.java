package io.millrace.liveingest.play;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.liveingest.stream.LiveSource;
import io.millrace.liveingest.stream.LiveStream;
import io.millrace.liveingest.stream.LiveStreams;
import io.netty.util.concurrent.EventExecutor;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/// Brings viewers to streams. Thread-safe.
public final class FanOut {
    private static final Logger log = LoggerFactory.getLogger(FanOut.class);

    private record Key(LiveSource source, TagFraming framing) {}

    private final LiveStreams streams;
    private final PlayOptions options;
    private final Map<ViewerKind, PlayMetrics> metrics = new EnumMap<>(ViewerKind.class);
    private final ConcurrentHashMap<Key, FanOutGroup> groups = new ConcurrentHashMap<>();

    public FanOut(LiveStreams streams, PlayOptions options, MeterRegistry meters) {
        this.streams = streams;
        this.options = options;
        for (ViewerKind kind : ViewerKind.values()) {
            metrics.put(kind, new PlayMetrics(meters, kind));
        }
    }

    /// Whether there is a stream of that name at the moment.
    public boolean knows(StreamName name) {
        return streams.get(name.entryId()) != null;
    }

    /// Looks a source up.
    ///
    /// @param answer told of it on its stream's event loop; of null, on any thread, when there is
    ///   none
    public void find(StreamName name, Consumer<@Nullable LiveSource> answer) {
        LiveStream stream = streams.get(name.entryId());
        if (stream == null) {
            answer.accept(null);
            return;
        }
        try {
            stream.loop().execute(() -> answer.accept(name.source(stream)));
        } catch (RejectedExecutionException _) {
            answer.accept(null); // going down
        }
    }

    /// Has a viewer watch a source, from its newest key frame on.
    public void join(LiveSource source, TagFraming framing, Viewer viewer) {
        onLoop(source.stream().loop(), () -> joinHere(source, framing, viewer));
    }

    private void joinHere(LiveSource source, TagFraming framing, Viewer viewer) {
        if (source.isEnded()) {
            onLoop(viewer.loop(), viewer::end);
            return;
        }
        var key = new Key(source, framing);
        FanOutGroup group = groups.get(key);
        if (group == null) {
            group =
                    new FanOutGroup(
                            source,
                            framing,
                            options,
                            metricsOf(framing.kind()),
                            () -> groups.remove(key));
            groups.put(key, group);
            group.start();
        }
        group.join(viewer);
    }

    /// How many watch an entry's stream at the moment, by how they do.
    public Map<ViewerKind, Integer> viewers(String entryId) {
        var counts = new EnumMap<ViewerKind, Integer>(ViewerKind.class);
        groups.forEach(
                (key, group) -> {
                    if (key.source().stream().entryId().equals(entryId)) {
                        counts.merge(key.framing().kind(), group.viewers(), Integer::sum);
                    }
                });
        return counts;
    }

    private static void onLoop(EventExecutor loop, Runnable task) {
        if (loop.inEventLoop()) {
            task.run();
            return;
        }
        try {
            loop.execute(task);
        } catch (RejectedExecutionException _) {
            log.debug("an event loop is gone");
        }
    }

    private PlayMetrics metricsOf(ViewerKind kind) {
        PlayMetrics found = metrics.get(kind);
        if (found == null) {
            throw new IllegalArgumentException("kind: " + kind);
        }
        return found;
    }
}
