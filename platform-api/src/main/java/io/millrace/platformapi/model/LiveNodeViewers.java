package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

import java.util.Map;

/// Who watches a live stream on one node. Ours, not Kaltura's.
public class LiveNodeViewers extends ApiObject {
    /// The node's name.
    public @Nullable String node;

    /// How many, by kind: `hls`, `dash`, `http-flv`, `rtmp`.
    public @Nullable Map<String, Integer> viewers;
}
