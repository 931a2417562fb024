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
    private final List<ViewerCount> viewers;

    public LiveReports(LiveStreams streams, List<ViewerCount> viewers) {
        this.streams = streams;
        this.viewers = List.copyOf(viewers);
    }

    /// By name.
    public List<StreamReport> all() {
        return streams.all().stream()
                .map(this::report)
                .sorted(Comparator.comparing(StreamReport::stream))
                .toList();
    }

    public Optional<StreamReport> of(String entryId) {
        return Optional.ofNullable(streams.get(entryId)).map(this::report);
    }

    private StreamReport report(LiveStream stream) {
        List<SourceReport> renditions = stream.reports();
        Map<String, Integer> counts = new TreeMap<>();
        for (ViewerCount count : viewers) {
            count.of(stream.entryId())
                    .forEach((kind, number) -> counts.merge(kind, number, Integer::sum));
        }
        return new StreamReport(
                stream.entryId(),
                stream.startedAt(),
                renditions.stream().anyMatch(SourceReport::live),
                renditions,
                counts);
    }
}
