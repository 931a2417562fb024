package io.millrace.mediaserver.config;

import java.util.List;

/// How the nodes of one installation find and trust each other.
public record ClusterConfig(
        @Setting(
                        key = "cluster.api",
                        value = "",
                        unit = "list of URLs",
                        help =
                                "Addresses of the API for the roles batch, live and delivery, for example http://api1:8080,http://api2:8080. Empty: this node itself.")
                List<String> api,
        @Setting(
                        key = "cluster.secret",
                        value = "",
                        unit = "text",
                        help =
                                "Shared secret of all nodes, at least 32 characters. Empty: made at the first start, kept in the data folder; nodes that share one installation must be given the same.",
                        secret = true)
                String secret,
        @Setting(
                        key = "cluster.node-url",
                        value = "",
                        unit = "URL",
                        help =
                                "How other nodes reach this node. Empty: http://<host name>:<http.port>.")
                String nodeUrl) {
    public ClusterConfig {
        if (!secret.isEmpty() && secret.length() < 32) {
            throw new IllegalArgumentException(
                    "cluster.secret: too short (expected: at least 32 characters)");
        }
        if (secret.matches("\\*+") || secret.equals("(hidden)")) {
            throw new IllegalArgumentException(
                    "cluster.secret: the mask of a shown configuration, not a secret");
        }
    }
}
