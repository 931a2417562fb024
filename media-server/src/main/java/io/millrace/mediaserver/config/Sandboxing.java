package io.millrace.mediaserver.config;

/// How child processes are fenced in.
public enum Sandboxing {
    AUTO,
    REQUIRE,
    OFF
}
