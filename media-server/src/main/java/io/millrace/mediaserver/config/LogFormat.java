package io.millrace.mediaserver.config;

/// Shapes of a log line.
public enum LogFormat {
    TEXT,
    JSON
}
