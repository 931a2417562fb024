package io.millrace.liveingest.info;

import io.millrace.liveingest.stream.SourceReport;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/// One stream of this node.
///
/// @param viewers of all nodes, by kind: `hls`, `dash`, `http-flv`, `rtmp`
/// @param viewersByNode the same by the node that serves them, this one among them
public record StreamReport(
        String stream,
        Instant startedAt,
        boolean live,
        List<SourceReport> renditions,
        Map<String, Integer> viewers,
        Map<String, Map<String, Integer>> viewersByNode) {}
