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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;

/// Brings viewers to streams. Thread-safe.
public final class FanOut {
    private static final Logger log = LoggerFactory.getLogger(FanOut.class);

    private record Key(LiveSource source, TagFraming framing) {}

    private final LiveStreams streams;
    private final PlayOptions options;
    private final @Nullable SourcesElsewhere elsewhere;
    private final Map<ViewerKind, PlayMetrics> metrics = new EnumMap<>(ViewerKind.class);
    private final ConcurrentHashMap<Key, FanOutGroup> groups = new ConcurrentHashMap<>();

    /// @param elsewhere null where there is no other node
    public FanOut(
            LiveStreams streams,
            PlayOptions options,
            MeterRegistry meters,
            @Nullable SourcesElsewhere elsewhere) {
        this.streams = streams;
        this.elsewhere = elsewhere;
        this.options = options;
        for (ViewerKind kind : ViewerKind.values()) {
            metrics.put(kind, new PlayMetrics(meters, kind));
        }
    }

    /// What there is to watch.
    ///
    /// @param others whether that includes streams of other nodes
    public View view(boolean others) {
        return new View(others ? elsewhere : null);
    }

    /// What there is to watch for somebody. Thread-safe.
    public final class View {
        private final @Nullable SourcesElsewhere others;

        private View(@Nullable SourcesElsewhere others) {
            this.others = others;
        }

        /// Of what a name may mean, what is live; the first when none is.
        ///
        /// @param names not empty
        CompletionStage<StreamName> settle(List<StreamName> names) {
            for (StreamName name : names) {
                if (streams.get(name.entryId()) != null) {
                    return CompletableFuture.completedFuture(name);
                }
            }
            return others == null
                    ? CompletableFuture.completedFuture(names.getFirst())
                    : others.locate(names).thenApply(found -> found.orElse(names.getFirst()));
        }

        /// Looks a source up. Completes on any thread.
        CompletionStage<Optional<LiveSource>> find(StreamName name) {
            LiveStream stream = streams.get(name.entryId());
            if (stream == null) {
                return others == null
                        ? CompletableFuture.completedFuture(Optional.empty())
                        : others.find(name);
            }
            var answer = new CompletableFuture<Optional<LiveSource>>();
            try {
                stream.loop()
                        .execute(() -> answer.complete(Optional.ofNullable(name.source(stream))));
            } catch (RejectedExecutionException _) {
                answer.complete(Optional.empty()); // going down
            }
            return answer;
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

    /// How many watch at the moment, by the stream's entry and how they do. Nodes that relay a
    /// stream are none of them.
    public Map<String, Map<String, Integer>> viewers() {
        var counts = new HashMap<String, Map<String, Integer>>();
        groups.forEach(
                (key, group) -> {
                    int people = group.people();
                    if (people > 0) {
                        counts.computeIfAbsent(
                                        key.source().stream().entryId(), _ -> new TreeMap<>())
                                .merge(key.framing().kind().text(), people, Integer::sum);
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
