package io.millrace.mediaserver.config;

/// What is logged and how.
public record LogConfig(
        @Setting(
                        key = "log.level",
                        value = "info",
                        unit = "error | warn | info | debug | trace",
                        help = "Least level of the log.")
                LogLevel level,
        @Setting(
                        key = "log.format",
                        value = "text",
                        unit = "text | json",
                        help = "One line of text or one JSON object an event.")
                LogFormat format) {}
