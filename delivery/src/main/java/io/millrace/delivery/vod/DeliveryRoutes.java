package io.millrace.delivery.vod;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.delivery.drm.Encryption;
import io.millrace.delivery.http.HttpHandler;
import io.millrace.delivery.http.HttpRouter;
import io.millrace.delivery.mapping.EscapedPath;
import io.millrace.delivery.mapping.MappedRecipes;
import io.millrace.delivery.mapping.MappingStore;
import io.millrace.delivery.mapping.MediaCaches;
import io.millrace.delivery.mapping.MediaFiles;
import io.millrace.delivery.mapping.MediaLibrary;
import io.millrace.delivery.mapping.SignedPaths;
import io.millrace.delivery.packaging.PackagingOptions;
import io.millrace.delivery.packaging.SegmentFormat;
import io.millrace.delivery.tempo.TempoOptions;
import io.millrace.delivery.thumbnail.ThumbnailOptions;
import io.millrace.storage.blob.BlobStore;
import io.millrace.storage.blob.LocalFolder;
import io.millrace.storage.sign.PathSigner;
import io.millrace.storage.volume.VolumeGuard;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/// Everything that serves stored media, put together: sources of media, each mounted at a prefix,
/// on shared caches. Mounted by one thread before {@link #addTo}; closed after the listeners.
public final class DeliveryRoutes implements AutoCloseable {
    /// One source of media.
    ///
    /// @param name in metrics and logs
    /// @param packaged where `hls/`, `hlsf/`, `dash/` are
    /// @param files where `file/`, `thumb/` are
    /// @param served which files, by extension
    private record Mount(
            String name,
            String packaged,
            String files,
            SignedPaths paths,
            MediaLibrary library,
            Predicate<String> served) {}

    private final PackagingOptions packaging;
    private final DeliveryOptions options;
    private final @Nullable PathSigner signer;
    private final InstantSource clock;
    private final MediaCaches caches;
    private final PackagedMedia media;
    private final Pictures pictures;
    private final MeterRegistry meters;
    private final Encryption encryption;
    private final List<Mount> mounts = new ArrayList<>();
    private final List<VolumeGuard> guards = new ArrayList<>();
    private final List<MappedRecipes> owned = new ArrayList<>();
    private @Nullable HttpHandler front;

    /// Everything in the clear.
    ///
    /// @param signer null when there are no keys: then only unsigned paths are served
    public DeliveryRoutes(
            DeliveryOptions options,
            @Nullable PathSigner signer,
            InstantSource clock,
            MeterRegistry meters) {
        this(
                options,
                ThumbnailOptions.DEFAULT,
                TempoOptions.DEFAULT,
                new Encryption(Encryption.Policy.CLEAR, null, meters),
                signer,
                clock,
                meters);
    }

    /// @param thumbnails how pictures are made of stored video
    /// @param encryption what is sent encrypted; closed with this
    public DeliveryRoutes(
            DeliveryOptions options,
            ThumbnailOptions thumbnails,
            Encryption encryption,
            @Nullable PathSigner signer,
            InstantSource clock,
            MeterRegistry meters) {
        this(options, thumbnails, TempoOptions.DEFAULT, encryption, signer, clock, meters);
    }

    /// @param tempo how sound is made for other rates of play
    /// @param encryption what is sent encrypted; closed with this
    public DeliveryRoutes(
            DeliveryOptions options,
            ThumbnailOptions thumbnails,
            TempoOptions tempo,
            Encryption encryption,
            @Nullable PathSigner signer,
            InstantSource clock,
            MeterRegistry meters) {
        this.options = options;
        this.signer = signer;
        this.clock = clock;
        this.meters = meters;
        packaging = new PackagingOptions(options.segmentDuration());
        caches = new MediaCaches(options.indexCacheBytes(), tempo, meters);
        this.encryption = encryption;
        media = new PackagedMedia(options, encryption, clock, meters);
        pictures = new Pictures(thumbnails, meters);
    }

    /// Mounts the platform's store: `/vod/hls/`, `/vod/hlsf/`, `/vod/dash/`, `/file/`, `/thumb/`.
    public DeliveryRoutes serveStore(BlobStore store) {
        return serveStore(store, List.of());
    }

    /// @param unsignedPrefixes starts of keys that are served without a signature; those of all
    ///   when the options say so
    public DeliveryRoutes serveStore(BlobStore store, List<String> unsignedPrefixes) {
        mounts.add(
                new Mount(
                        "vod",
                        "/vod/",
                        "/",
                        new SignedPaths(
                                signer, options.unsigned() ? List.of("") : unsignedPrefixes, clock),
                        new MediaLibrary(caches, MediaFiles.Stored.media(store), packaging),
                        _ -> true));
        return this;
    }

    /// Mounts somebody's folder: `{prefix}hls/`, `hlsf/`, `dash/`, `file/`, `thumb/`, and when the
    /// prefix is `/`, a page at `/` that lists what is there.
    ///
    /// @param prefix starts and ends with `/`
    /// @param unsigned whether it is served to everyone
    public DeliveryRoutes serveFolder(String prefix, LocalFolder folder, boolean unsigned) {
        return serveFolder(prefix, folder, unsigned, VolumeGuard.DEFAULT_DEADLINE);
    }

    /// @param deadline how long the folder's volume may take for an answer
    public DeliveryRoutes serveFolder(
            String prefix, LocalFolder folder, boolean unsigned, Duration deadline) {
        var guard = guard("local", deadline);
        mounts.add(
                new Mount(
                        "local",
                        prefix,
                        prefix,
                        new SignedPaths(signer, unsigned, clock),
                        new MediaLibrary(caches, new MediaFiles.InFolder(folder, guard), packaging),
                        ContentTypes::isMedia));
        if (prefix.equals("/") && unsigned) {
            front = HttpHandler.blocking(new FolderPage(folder, guard, prefix));
        }
        return this;
    }

    private VolumeGuard guard(String name, Duration deadline) {
        var guard = new VolumeGuard(name, VolumeGuard.Limits.ofDeadline(deadline), meters);
        guards.add(guard);
        return guard;
    }

    /// A folder for {@link #serveMapped}: of files, or of mappings.
    ///
    /// @param name in metrics
    /// @param deadline how long the folder's volume may take for an answer
    public MediaFiles filesOf(String name, LocalFolder folder, Duration deadline) {
        return new MediaFiles.InFolder(folder, guard(name, deadline));
    }

    /// Mounts mappings: `{prefix}hls/`, `hlsf/`, `dash/`, `thumb/`, below which a path names a JSON
    /// that names files. The files themselves are not served.
    ///
    /// @param media where the files are
    /// @param mediaRoot absolute paths of mappings below it name files of `media`; ends with `/`
    /// @param trustedFor how long a mapping is taken for unchanged
    /// @param unsigned whether it is served to everyone
    public DeliveryRoutes serveMapped(
            String prefix,
            MappingStore mappings,
            MediaFiles media,
            String mediaRoot,
            Duration trustedFor,
            boolean unsigned) {
        var recipes = new MappedRecipes(mappings, packaging, mediaRoot, trustedFor, meters);
        owned.add(recipes);
        mounts.add(
                new Mount(
                        "mapped",
                        prefix,
                        prefix,
                        new SignedPaths(signer, unsigned, clock),
                        new MediaLibrary(caches, media, recipes),
                        _ -> false));
        return this;
    }

    public void addTo(HttpRouter router) {
        for (Mount mount : mounts) {
            String name = mount.name() + '-';
            addPackager(router, mount, "hls", SegmentFormat.TS);
            addPackager(router, mount, "hlsf", SegmentFormat.FMP4);
            addPackager(router, mount, "dash", SegmentFormat.FMP4);
            router.add(
                    mount.files() + "file/",
                    name + "file",
                    0,
                    new FileHandler(mount.paths(), mount.library(), mount.served(), encryption));
            router.add(
                    mount.files() + "thumb/",
                    name + "thumb",
                    0,
                    new ThumbnailHandler(
                            mount.paths(),
                            mount.library(),
                            pictures,
                            new FileHandler(
                                    mount.paths(),
                                    mount.library(),
                                    extension ->
                                            ContentTypes.isImage(extension)
                                                    && mount.served().test(extension),
                                    encryption)));
        }
        if (front != null) {
            router.add("/", "local-list", 0, front);
        }
    }

    private void addPackager(HttpRouter router, Mount mount, String what, SegmentFormat format) {
        router.add(
                mount.packaged() + what + '/',
                mount.name() + '-' + what,
                ClearKeyLicences.MAX_REQUEST,
                new VodHandler(mount.paths(), mount.library(), media, pictures, format));
    }

    /// The path of some file of a folder as URLs have it; empty when none plays.
    public static Optional<String> exampleIn(LocalFolder folder) throws IOException {
        return FolderPage.names(folder, 1).stream().findFirst().map(EscapedPath::of);
    }

    @Override
    public void close() {
        pictures.close();
        media.close();
        owned.forEach(MappedRecipes::close);
        encryption.close();
        caches.close();
        guards.forEach(VolumeGuard::close);
    }
}
