package io.millrace.mediaserver.role;

import io.millrace.platformapi.client.PlatformClient;

import java.time.Duration;

/// The clients by which this node's roles call the platform, as the cluster's own partners.
final class ClusterClients {
    /// Kaltura's numbers for the callers that belong to the installation itself.
    private static final int BATCH_PARTNER = -1;

    private static final int MEDIA_SERVER_PARTNER = -5;

    private ClusterClients() {}

    static PlatformClient batch(Node node, Duration timeout) {
        return client(node, BATCH_PARTNER, timeout);
    }

    static PlatformClient mediaServer(Node node, Duration timeout) {
        return client(node, MEDIA_SERVER_PARTNER, timeout);
    }

    private static PlatformClient client(Node node, int partnerId, Duration timeout) {
        return new PlatformClient(
                node.apiAddresses(),
                PlatformClient.Caller.admin(partnerId, node.clusterSecret()),
                timeout);
    }
}
