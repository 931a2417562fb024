package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;

/// How a live stream is doing, as the media server that has it said within the last half minute.
/// Ours, not Kaltura's.
public class LiveStreamReport extends ApiObject {
    public @Nullable String entryId;

    /// The media server's.
    public @Nullable String hostName;

    @Time public @Nullable Long startedAt;
    @ReadOnly @Time public @Nullable Long reportedAt;
    public @Nullable List<LiveRenditionReport> renditions;

    /// How many watch, on all nodes, by kind: `hls`, `dash`, `http-flv`, `rtmp`.
    public @Nullable Map<String, Integer> viewers;

    /// The same by the node that serves them.
    public @Nullable List<LiveNodeViewers> viewersByNode;
}
