package io.millrace.platformapi;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.platformapi.entry.BaseEntryService;
import io.millrace.platformapi.entry.EntryEditing;
import io.millrace.platformapi.entry.EntryLists;
import io.millrace.platformapi.entry.EntryStore;
import io.millrace.platformapi.entry.EntryViews;
import io.millrace.platformapi.entry.EntryWords;
import io.millrace.platformapi.entry.MediaService;
import io.millrace.platformapi.entry.MetadataService;
import io.millrace.platformapi.flavor.Conversion;
import io.millrace.platformapi.flavor.ConversionProfileService;
import io.millrace.platformapi.flavor.EntryFlavors;
import io.millrace.platformapi.flavor.FlavorAssetService;
import io.millrace.platformapi.flavor.FlavorParamsService;
import io.millrace.platformapi.flavor.FlavorStore;
import io.millrace.platformapi.flavor.ProfileStore;
import io.millrace.platformapi.http.ApiDispatcher;
import io.millrace.platformapi.http.ApiException;
import io.millrace.platformapi.job.JobQueue;
import io.millrace.platformapi.job.JobService;
import io.millrace.platformapi.job.JobStore;
import io.millrace.platformapi.job.JobSweeper;
import io.millrace.platformapi.live.EntryServerNodeService;
import io.millrace.platformapi.live.LiveEntries;
import io.millrace.platformapi.live.LiveReports;
import io.millrace.platformapi.live.LiveStore;
import io.millrace.platformapi.live.LiveStreamReportService;
import io.millrace.platformapi.live.LiveStreamService;
import io.millrace.platformapi.live.RecordingClips;
import io.millrace.platformapi.partner.Bootstrap;
import io.millrace.platformapi.partner.EndedSessions;
import io.millrace.platformapi.partner.PartnerService;
import io.millrace.platformapi.partner.PartnerStore;
import io.millrace.platformapi.playback.EntryPlayback;
import io.millrace.platformapi.playback.Playable;
import io.millrace.platformapi.playback.PlaybackRoutes;
import io.millrace.platformapi.playback.PlaybackUrls;
import io.millrace.platformapi.search.EntryIndex;
import io.millrace.platformapi.session.SessionValidator;
import io.millrace.platformapi.system.SessionService;
import io.millrace.platformapi.system.SystemService;
import io.millrace.platformapi.thumb.ThumbAssetService;
import io.millrace.platformapi.thumb.ThumbStore;
import io.millrace.platformapi.upload.UploadStore;
import io.millrace.platformapi.upload.UploadSweeper;
import io.millrace.platformapi.upload.UploadTokenService;
import io.millrace.platformapi.upload.UploadedContent;
import io.millrace.platformapi.upload.Uploads;
import io.millrace.platformapi.user.UserService;
import io.millrace.platformapi.user.UserStore;
import io.millrace.storage.blob.BlobStore;
import io.millrace.storage.sign.PathSigner;
import io.millrace.storage.sql.Database;
import io.millrace.storage.sql.DatabaseUnavailableException;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/// The platform of one node: builds every feature, says how they hang together, and runs their
/// periodic tasks. The one place that knows all of them.
///
/// Does not own the database, the blob store or the signer. Thread-safe; {@link #start} and {@link
/// #close} are its owner's.
public final class Platform implements AutoCloseable {
    private static final List<String> MIGRATIONS =
            List.of(
                            "partner", "user", "entry", "upload", "flavor", "thumb", "job", "live",
                            "search")
                    .stream()
                    .map(feature -> "classpath:io/millrace/platformapi/" + feature + "/db")
                    .toList();

    private final Database database;
    private final PeriodicTasks tasks;
    private final ApiDispatcher dispatcher;
    private final PlaybackRoutes playbackRoutes;
    private final PlaybackUrls playbackUrls;
    private final Playable playable;
    private final EntryStore entries;
    private final ThumbStore thumbs;
    private final Bootstrap bootstrap;
    private final UserStore users;
    private final JobSweeper jobSweeper;
    private final UploadSweeper uploadSweeper;
    private final EndedSessions endedSessions;
    private final Runnable liveSweep;
    private final @Nullable EntryIndex index;

    private Platform(
            PlatformSettings settings,
            Database database,
            BlobStore blobs,
            PathSigner signer,
            MeterRegistry meters,
            InstantSource clock) {
        this.database = database;
        this.tasks = new PeriodicTasks(meters);
        var partners = new PartnerStore(database, settings.clusterSecret(), clock);
        this.endedSessions = new EndedSessions(database, clock);
        var sessions = new SessionValidator(partners, endedSessions, clock);
        this.users = new UserStore(database, clock);
        this.entries = new EntryStore(database, clock);
        var profiles = new ProfileStore(database, clock);
        var flavors = new FlavorStore(database, clock);
        this.thumbs = new ThumbStore(database, clock);
        var jobs = new JobStore(database);
        var conversion = new Conversion(entries, flavors, profiles, thumbs, jobs);
        var queue = new JobQueue(database, jobs, entries, blobs, conversion, meters);
        this.jobSweeper = new JobSweeper(database, jobs, queue, conversion::resume, clock);
        var uploadStore = new UploadStore(database, clock);
        var uploads = new Uploads(database, uploadStore, blobs, meters);
        var content =
                new UploadedContent(database, uploadStore, uploads, entries, conversion, blobs);
        this.uploadSweeper = new UploadSweeper(uploads, content, settings.uploadLifetime(), clock);
        this.playbackUrls = new PlaybackUrls(signer, settings.urlLifetime(), clock);
        this.playable = new Playable(flavors);
        var liveStore = new LiveStore(database, clock);
        var intake = new RecordingClips(content, database, entries, liveStore, conversion, blobs);
        var liveReports = new LiveReports(database);
        this.liveSweep =
                () -> {
                    liveStore.sweep();
                    liveReports.sweep();
                };
        var live =
                new LiveEntries(
                        liveStore,
                        liveReports,
                        new LiveEntries.Endpoint(
                                settings.rtmpHost(), settings.rtmpPort(), settings.rtmpsPort()));
        var playback = new EntryPlayback(playable, live, playbackUrls, settings.publicUrl());
        var profileService = new ConversionProfileService(profiles);
        var entryFlavors = new EntryFlavors(flavors, jobs, conversion);
        var editing =
                new EntryEditing(
                        database, entries, profileService, intake, List.of(live, entryFlavors));
        var views = new EntryViews(settings.publicUrl(), List.of(entryFlavors, live));
        Path searchFolder = settings.searchFolder();
        this.index =
                searchFolder == null
                        ? null
                        : EntryIndex.open(searchFolder, database, entries, meters);
        EntryWords words = index;
        var lists = new EntryLists(entries, words == null ? (_, _, _) -> Optional.empty() : words);
        this.bootstrap = new Bootstrap(database, partners, profiles, users);
        this.playbackRoutes =
                new PlaybackRoutes(
                        entries,
                        flavors,
                        thumbs,
                        playable,
                        live,
                        playbackUrls,
                        sessions,
                        settings.publicUrl());
        this.dispatcher =
                new ApiDispatcher(
                        List.of(
                                new SystemService(clock, settings.version()),
                                new SessionService(partners, sessions, clock),
                                new PartnerService(partners),
                                new UserService(users, partners, clock),
                                new UploadTokenService(uploadStore, uploads, content),
                                new MediaService(entries, editing, lists, views),
                                new BaseEntryService(entries, editing, lists, views, playback),
                                new MetadataService(),
                                new FlavorAssetService(entries, flavors, profiles, jobs, playback),
                                new FlavorParamsService(profiles),
                                profileService,
                                new ThumbAssetService(entries, thumbs),
                                new LiveStreamService(
                                        database,
                                        entries,
                                        editing,
                                        lists,
                                        views,
                                        liveStore,
                                        live,
                                        conversion,
                                        blobs),
                                new LiveStreamReportService(entries, liveReports),
                                new EntryServerNodeService(entries, liveStore, liveReports),
                                new JobService(queue, jobs)),
                        sessions,
                        settings.nodeId(),
                        meters,
                        clock,
                        Platform::known);
        Gauge.builder("millrace.jobs.waiting", jobSweeper, JobSweeper::waiting)
                .description("Jobs that are due or will be, not leased")
                .register(meters);
    }

    private static @Nullable ApiException known(Throwable failure) {
        return DatabaseUnavailableException.isCauseOf(failure)
                ? ApiException.of(
                        "INTERNAL_DATABASE_ERROR",
                        "The database cannot be reached now, try again later")
                : null;
    }

    public static Platform create(
            PlatformSettings settings,
            Database database,
            BlobStore blobs,
            PathSigner signer,
            MeterRegistry meters,
            InstantSource clock) {
        return new Platform(settings, database, blobs, signer, meters, clock);
    }

    /// Brings the schema to this version; waits for the database.
    public void migrate() throws InterruptedException {
        database.migrate(MIGRATIONS);
    }

    /// Makes the first publisher at the very first start.
    public Bootstrap bootstrap() {
        return bootstrap;
    }

    /// Starts the periodic tasks.
    public void start() {
        tasks.start("job-sweeper", Duration.ofSeconds(2), jobSweeper::run);
        tasks.start("upload-sweeper", Duration.ofSeconds(5), uploadSweeper::run);
        tasks.start("session-sweeper", Duration.ofMinutes(10), endedSessions::sweep);
        tasks.start("live-sweeper", Duration.ofSeconds(10), liveSweep);
        EntryIndex following = index;
        if (following != null) {
            tasks.start("search-follower", Duration.ofMillis(500), following::follow);
            tasks.start("search-log-purge", Duration.ofHours(1), following::purgeLog);
        }
    }

    /// API v3.
    public ApiDispatcher dispatcher() {
        return dispatcher;
    }

    /// The GET paths below `/p/`.
    public PlaybackRoutes playbackRoutes() {
        return playbackRoutes;
    }

    /// The signed URLs of anything playable.
    public PlaybackUrls playbackUrls() {
        return playbackUrls;
    }

    public Playable playable() {
        return playable;
    }

    public EntryStore entries() {
        return entries;
    }

    public ThumbStore thumbs() {
        return thumbs;
    }

    public UserStore users() {
        return users;
    }

    /// This node's index of the entries; empty where it has none.
    public Optional<EntryIndex> index() {
        return Optional.ofNullable(index);
    }

    /// Whether the database answers.
    public boolean isReady() {
        return database.isReady();
    }

    @Override
    public void close() {
        tasks.close();
        if (index != null) {
            index.close();
        }
    }
}
