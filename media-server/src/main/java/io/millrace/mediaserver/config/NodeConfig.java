package io.millrace.mediaserver.config;

import java.time.Duration;
import java.util.List;

/// This node: what it is called, what it does, where it writes.
public record NodeConfig(
        @Setting(
                        key = "node.name",
                        value = "",
                        unit = "text",
                        help =
                                "Name of this node in logs, leases and recordings. Empty: the host name.")
                String name,
        @Setting(
                        key = "node.roles",
                        value = "api,search,batch,delivery,live",
                        unit = "list of roles",
                        help = "What this node does: api, search, batch, delivery, live.")
                List<Role> roles,
        @Setting(
                        key = "node.data",
                        value = "./data",
                        unit = "folder",
                        help = "Everything that this node writes is below this folder.")
                String data,
        @Setting(
                        key = "node.drain-timeout",
                        value = "30s",
                        unit = "duration",
                        help =
                                "How long a stop waits for requests, streams and jobs to finish before it ends them.",
                        min = 0,
                        max = 3600)
                Duration drainTimeout) {
    public NodeConfig {
        if (roles.isEmpty()) {
            throw new IllegalArgumentException(
                    "node.roles: empty (expected: at least one of api, search, batch, delivery, live)");
        }
    }
}
