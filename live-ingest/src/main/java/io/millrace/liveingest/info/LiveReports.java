package io.millrace.liveingest.info;

import io.millrace.liveingest.stream.LiveStream;
import io.millrace.liveingest.stream.LiveStreams;
import io.millrace.liveingest.stream.SourceReport;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The streams of this node as they are now. Thread-safe.
public final class LiveReports {
    private final LiveStreams streams;
    private final String node;
    private final ViewerCount viewers;
    private final ViewersElsewhere elsewhere;

    /// @param node this one's name
    /// @param viewers who watches here
    /// @param elsewhere who watches these streams on other nodes
    public LiveReports(
            LiveStreams streams, String node, ViewerCount viewers, ViewersElsewhere elsewhere) {
        this.streams = streams;
        this.node = node;
        this.viewers = viewers;
        this.elsewhere = elsewhere;
    }

    /// By name.
    public List<StreamReport> all() {
        Map<String, Map<String, Integer>> here = viewers.byStream();
        return streams.all().stream()
                .map(stream -> report(stream, here))
                .sorted(Comparator.comparing(StreamReport::stream))
                .toList();
    }

    public Optional<StreamReport> of(String entryId) {
        return Optional.ofNullable(streams.get(entryId))
                .map(stream -> report(stream, viewers.byStream()));
    }

    private StreamReport report(LiveStream stream, Map<String, Map<String, Integer>> here) {
        List<SourceReport> renditions = stream.reports();
        Map<String, Map<String, Integer>> byNode =
                new TreeMap<>(elsewhere.byNode(stream.entryId()));
        Map<String, Integer> ours = here.get(stream.entryId());
        if (ours != null) {
            byNode.put(node, ours);
        }
        Map<String, Integer> counts = new TreeMap<>();
        byNode.values().forEach(kinds -> ViewerCount.add(counts, kinds));
        return new StreamReport(
                stream.entryId(),
                stream.startedAt(),
                renditions.stream().anyMatch(SourceReport::live),
                renditions,
                counts,
                byNode);
    }
}
