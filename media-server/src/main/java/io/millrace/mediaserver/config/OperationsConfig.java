package io.millrace.mediaserver.config;

/// The listener for operators: health and metrics. Keep it off the public network.
public record OperationsConfig(
        @Setting(
                        key = "operations.bind",
                        value = "127.0.0.1",
                        unit = "address",
                        help = "Address that health and metrics listen on.")
                String bind,
        @Setting(
                        key = "operations.port",
                        value = "8090",
                        unit = "port",
                        help = "Port of /healthz, /readyz and /metrics.",
                        min = 0,
                        max = 65535)
                int port) {}
