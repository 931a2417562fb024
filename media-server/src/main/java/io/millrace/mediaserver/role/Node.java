package io.millrace.mediaserver.role;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.delivery.http.EventLoops;
import io.millrace.delivery.http.HttpRouter;
import io.millrace.delivery.http.TlsOptions;
import io.millrace.mediaserver.config.MillraceConfig;
import io.millrace.mediaserver.lifecycle.DataFolder;
import io.millrace.mediaserver.metrics.Readiness;
import io.millrace.storage.blob.BlobStore;
import io.millrace.storage.sign.PathSigner;

import java.net.URI;
import java.util.List;

/// What all roles of a node share. The server owns every part of it.
///
/// @param name this node in leases, journals and logs
/// @param clusterSecret what nodes of one installation trust each other by
/// @param router routes of the public HTTP port
/// @param operations routes of the operations port
/// @param tls of HTTPS and RTMPS
public record Node(
        String name,
        MillraceConfig config,
        DataFolder data,
        String clusterSecret,
        MeterRegistry meters,
        Readiness readiness,
        EventLoops loops,
        HttpRouter router,
        HttpRouter operations,
        BlobStore blobs,
        PathSigner signer,
        TlsOptions tls) {

    /// Where this node finds the API: the configured addresses, or itself.
    public List<URI> apiAddresses() {
        if (config.cluster().api().isEmpty()) {
            return List.of(URI.create("http://127.0.0.1:" + config.http().port()));
        }
        return config.cluster().api().stream().map(URI::create).toList();
    }

    /// How other nodes reach this one.
    public String ownUrl() {
        return config.cluster().nodeUrl().isEmpty()
                ? "http://" + name + ":" + config.http().port()
                : config.cluster().nodeUrl();
    }
}
