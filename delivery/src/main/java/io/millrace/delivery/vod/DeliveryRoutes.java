package io.millrace.delivery.vod;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.delivery.http.HttpRouter;
import io.millrace.delivery.mapping.MediaLibrary;
import io.millrace.delivery.mapping.SignedPaths;
import io.millrace.delivery.packaging.PackagingOptions;
import io.millrace.delivery.packaging.SegmentFormat;
import io.millrace.storage.blob.BlobStore;
import io.millrace.storage.sign.PathSigner;

import org.jspecify.annotations.Nullable;

import java.time.InstantSource;
import java.util.Set;

/// Everything that serves stored media, put together. Closed after the listeners. Thread-safe.
public final class DeliveryRoutes implements AutoCloseable {
    private static final Set<String> IMAGES = Set.of("jpg", "jpeg", "png", "webp");

    private final SignedPaths paths;
    private final MediaLibrary library;
    private final PackagedMedia media;

    /// @param signer null when there are no keys: then `unsigned` must be on for anything to be
    ///   served
    public DeliveryRoutes(
            DeliveryOptions options,
            BlobStore store,
            @Nullable PathSigner signer,
            InstantSource clock,
            MeterRegistry meters) {
        paths = new SignedPaths(signer, options.unsigned(), clock);
        library =
                new MediaLibrary(
                        store,
                        new PackagingOptions(options.segmentDuration()),
                        options.indexCacheBytes(),
                        meters);
        media = new PackagedMedia(options, library, meters);
    }

    /// Adds `/vod/hls/`, `/vod/hlsf/`, `/vod/dash/`, `/file/` and `/thumb/`.
    public void addTo(HttpRouter router) {
        router.add("/vod/hls/", "vod-hls", 0, new VodHandler(paths, media, SegmentFormat.TS));
        router.add("/vod/hlsf/", "vod-hlsf", 0, new VodHandler(paths, media, SegmentFormat.FMP4));
        router.add("/vod/dash/", "vod-dash", 0, new VodHandler(paths, media, SegmentFormat.FMP4));
        router.add("/file/", "file", 0, new FileHandler(paths, library.blobs(), null));
        router.add("/thumb/", "thumb", 0, new FileHandler(paths, library.blobs(), IMAGES));
    }

    @Override
    public void close() {
        media.close();
        library.close();
    }
}
