package io.millrace.mediaserver.role;

import io.millrace.delivery.http.HttpHandler;
import io.millrace.mediaserver.Version;
import io.millrace.mediaserver.config.DatabaseConfig;
import io.millrace.mediaserver.config.LiveConfig;
import io.millrace.mediaserver.config.MillraceConfig;
import io.millrace.mediaserver.config.Role;
import io.millrace.mediaserver.lifecycle.StartException;
import io.millrace.mediaserver.metrics.Readiness;
import io.millrace.mediaserver.route.PlatformHandler;
import io.millrace.platformapi.Platform;
import io.millrace.platformapi.PlatformSettings;
import io.millrace.platformapi.http.ApiRequest;
import io.millrace.platformapi.http.ApiResponse;
import io.millrace.platformapi.partner.Bootstrap;
import io.millrace.platformapi.web.WebPages;
import io.millrace.storage.sql.Database;
import io.millrace.storage.sql.DatabaseSettings;
import io.millrace.storage.sql.EmbeddedMariaDb;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;

/// The roles api and search, with the database below them: the embedded one or the one configured.
///
/// The routes answer from the first moment on; while the database is not there, with the API's own
/// error. Getting there (start the embedded database or wait for the other, migrate, make the first
/// publisher) happens in the background.
public final class PlatformNodeRole implements NodeRole {
    private static final Logger LOG = LoggerFactory.getLogger(PlatformNodeRole.class);

    private static final String UNAVAILABLE =
            "{\"code\":\"INTERNAL_DATABASE_ERROR\",\"message\":\"The database can't be reached yet; try again.\","
                    + "\"objectType\":\"KalturaAPIException\",\"args\":{}}";
    private static final String UNAVAILABLE_XML =
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><xml><result><error><code>INTERNAL_DATABASE_ERROR</code>"
                    + "<message>The database can't be reached yet; try again.</message>"
                    + "<objectType>KalturaAPIException</objectType><args></args></error></result>"
                    + "<executionTime>0</executionTime></xml>";

    private final Node node;
    private final WebPages pages = new WebPages();
    private final Object life = new Object();
    // Guarded by life.
    private @Nullable EmbeddedMariaDb embedded;
    private @Nullable Database database;
    private boolean stopped;

    private volatile @Nullable Platform platform;
    private volatile Bootstrap.@Nullable First first;
    private volatile boolean firstShown;
    private volatile Readiness.State state =
            Readiness.State.waitingFor("the database is starting", "Wait some seconds.");
    private @Nullable Thread starter;

    public PlatformNodeRole(Node node) {
        this.node = node;
    }

    @Override
    public void start() throws StartException {
        DatabaseConfig config = node.config().database();
        if (!config.url().isEmpty() && !config.url().startsWith("jdbc:mysql:")) {
            throw new StartException(
                    "database.url: " + config.url() + " (expected: jdbc:mysql://host:port/schema)");
        }
        node.readiness().check("database", this::state);
        if (node.config().node().roles().contains(Role.API)) {
            addRoutes();
        }
        starter = Thread.ofVirtual().name("platform-start").start(this::startPlatform);
    }

    private void addRoutes() {
        var handler =
                new PlatformHandler(this::answer, node.blobs(), node.config().http().publicUrl());
        HttpHandler http = HttpHandler.blocking(handler);
        long maxUpload = node.config().http().maxUpload().bytes();
        node.router()
                .add("/api_v3", "api", maxUpload, http)
                .add("/api", "api", maxUpload, http)
                .add("/p/", "p", http)
                .add("/s/p/", "p", http)
                .add("/console", "console", http)
                .add("/web/", "web", http)
                .add("/webcam", "webcam", http)
                .add("/", "root", http);
    }

    private ApiResponse answer(ApiRequest request) {
        Optional<ApiResponse> page = pages.handle(request);
        if (page.isPresent()) {
            return page.get();
        }
        boolean api = request.path().startsWith("/api");
        Platform running = platform;
        if (running == null) {
            return api
                    ? unavailable(request)
                    : ApiResponse.text(
                                    503,
                                    "text/plain; charset=utf-8",
                                    "The database can't be reached yet.\n")
                            .with("Retry-After", "2");
        }
        if (api) {
            return running.dispatcher().handle(request);
        }
        return running.playbackRoutes()
                .handle(request)
                .orElseGet(
                        () ->
                                ApiResponse.text(
                                        404,
                                        "text/plain; charset=utf-8",
                                        "There is nothing at this path.\n"));
    }

    /// Before there is a dispatcher nobody reads the request's format; JSON clients say so in their
    /// content type or URL.
    private static ApiResponse unavailable(ApiRequest request) {
        boolean json =
                request.header("content-type").contains("json")
                        || request.rawQuery().contains("format=1")
                        || request.path().contains("/format/1")
                        || new String(request.body(), StandardCharsets.ISO_8859_1)
                                .contains("format=1");
        return json
                ? ApiResponse.text(200, "application/json", UNAVAILABLE)
                : ApiResponse.text(200, "text/xml", UNAVAILABLE_XML);
    }

    private void startPlatform() {
        try {
            DatabaseSettings settings = databaseSettings();
            Database opened = Database.open(settings, node.meters());
            synchronized (life) {
                if (stopped) {
                    opened.close();
                    return;
                }
                database = opened;
            }
            state =
                    Readiness.State.waitingFor(
                            "the database at " + settings.shownUrl(),
                            "Start it, or check database.url and the network.");
            Platform made =
                    Platform.create(
                            platformSettings(),
                            opened,
                            node.blobs(),
                            node.signer(),
                            node.meters(),
                            InstantSource.system());
            made.migrate();
            first = made.bootstrap().run();
            made.start();
            synchronized (life) {
                if (stopped) {
                    made.close();
                    return;
                }
                platform = made;
            }
            LOG.info("platform ready, database {}", settings.shownUrl());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (IOException | RuntimeException | LinkageError e) {
            LOG.error("the platform can't start: {}", e.getMessage(), e);
            state =
                    Readiness.State.waitingFor(
                            String.valueOf(e.getMessage()), "Mend it and restart this node.");
        }
    }

    private DatabaseSettings databaseSettings() throws IOException, InterruptedException {
        DatabaseConfig config = node.config().database();
        if (!config.url().isEmpty()) {
            return new DatabaseSettings(
                    config.url(), config.user(), config.password(), config.poolSize());
        }
        EmbeddedMariaDb started =
                EmbeddedMariaDb.start(
                        node.data().resolve("database"),
                        node.data().resolve("cache").resolve("mariadb"));
        synchronized (life) {
            embedded = started;
            if (stopped) {
                started.close();
            }
        }
        return started.settings(config.poolSize());
    }

    private PlatformSettings platformSettings() {
        MillraceConfig config = node.config();
        LiveConfig live = config.live();
        Path search =
                config.node().roles().contains(Role.SEARCH) ? node.data().resolve("search") : null;
        return new PlatformSettings(
                node.name(),
                Version.current().version(),
                node.clusterSecret(),
                config.http().publicUrl(),
                live.publicHost(),
                live.rtmpPort(),
                live.rtmpsPort(),
                config.delivery().urlLifetime(),
                search,
                PlatformSettings.DEFAULT_UPLOAD_LIFETIME);
    }

    private Readiness.State state() {
        Platform running = platform;
        if (running == null) {
            return state;
        }
        return running.isReady()
                ? Readiness.State.ok("answers")
                : Readiness.State.waitingFor(
                        "the database does not answer", "Check the database and the network.");
    }

    /// The first publisher, once the platform runs.
    public Optional<Bootstrap.First> firstPublisher() {
        return Optional.ofNullable(first);
    }

    /// The first publisher with its console password, to the first who asks after the start that
    /// made it.
    public synchronized Optional<Bootstrap.First> takeFirstStart() {
        Bootstrap.First made = first;
        if (made == null || !made.isNew() || firstShown) {
            return Optional.empty();
        }
        firstShown = true;
        return Optional.of(made);
    }

    /// The platform, once it runs.
    public Optional<Platform> running() {
        return Optional.ofNullable(platform);
    }

    @Override
    public void drain(Duration patience) {
        // The listeners finish what they have; nothing here outlives a request.
    }

    @Override
    public void close() {
        Thread starting = starter;
        if (starting != null) {
            starting.interrupt();
            try {
                starting.join(Duration.ofSeconds(20));
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        }
        synchronized (life) {
            stopped = true;
            Platform running = platform;
            if (running != null) {
                running.close();
            }
            if (database != null) {
                database.close();
            }
            if (embedded != null) {
                embedded.close();
            }
        }
    }
}
