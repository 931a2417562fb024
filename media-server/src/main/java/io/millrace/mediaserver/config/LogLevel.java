package io.millrace.mediaserver.config;

/// Levels of the log.
public enum LogLevel {
    ERROR,
    WARN,
    INFO,
    DEBUG,
    TRACE
}
