package io.millrace.platformapi;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.time.Duration;

/// What a node is told about the platform it is part of. {@link #toString} hides the secret.
///
/// @param nodeId this node's name, in logs and in the header `X-Me`
/// @param version what `system.getVersion` answers
/// @param clusterSecret shared by all nodes: the secret of the internal partners' sessions, and
///   what the partners' own secrets are sealed with; at least 32 characters
/// @param publicUrl scheme, host and port that viewers use, without a slash at the end; empty: the
///   ones a caller came by
/// @param rtmpHost host in the URLs that publishers are given; empty: the one a caller came by
/// @param rtmpPort its port
/// @param rtmpsPort the port of RTMPS; -1 when there is none
/// @param urlLifetime how long a signed playback URL is good for
/// @param searchFolder where this node's index of the entries is; null: it has none, and words are
///   looked for in the tables
/// @param uploadLifetime an upload that nobody goes on with is given up after this
public record PlatformSettings(
        String nodeId,
        String version,
        String clusterSecret,
        String publicUrl,
        String rtmpHost,
        int rtmpPort,
        int rtmpsPort,
        Duration urlLifetime,
        @Nullable Path searchFolder,
        Duration uploadLifetime) {
    public static final Duration DEFAULT_URL_LIFETIME = Duration.ofHours(24);
    public static final Duration DEFAULT_UPLOAD_LIFETIME = Duration.ofDays(7);

    public PlatformSettings {
        if (clusterSecret.length() < 32) {
            throw new IllegalArgumentException(
                    "cluster.secret: " + clusterSecret.length() + " characters (expected: >= 32)");
        }
        if (publicUrl.endsWith("/")) {
            throw new IllegalArgumentException(
                    "http.public-url: " + publicUrl + " (expected: no slash at the end)");
        }
    }

    @Override
    public String toString() {
        return "PlatformSettings[nodeId=" + nodeId + ", publicUrl=" + publicUrl + "]";
    }
}
