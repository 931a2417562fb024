package io.millrace.mediaserver.config;

/// What a node can do.
public enum Role {
    API,
    SEARCH,
    BATCH,
    DELIVERY,
    LIVE
}
