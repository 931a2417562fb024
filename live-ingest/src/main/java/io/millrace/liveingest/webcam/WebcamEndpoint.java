package io.millrace.liveingest.webcam;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.delivery.http.HttpExchange;
import io.millrace.delivery.http.HttpHandler;
import io.millrace.delivery.http.HttpReply;
import io.millrace.delivery.http.WebSocketOptions;
import io.millrace.liveingest.auth.PublishAuthorizer;
import io.millrace.liveingest.auth.PublishDecision.Allowed;
import io.millrace.liveingest.auth.PublishRequest;
import io.millrace.liveingest.record.Recordings;
import io.millrace.liveingest.stream.LiveStreams;
import io.millrace.liveingest.webcam.WebcamMessage.Hello;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// `{name}/webcam`: where pages send what they record. Knows the sessions of this node.
/// Thread-safe.
public final class WebcamEndpoint implements HttpHandler {
    /// The application that the platform is told, where an RTMP publisher has its own.
    static final String APP = "webcam";

    private static final String SUFFIX = "/webcam";
    private static final Duration WHOLE = Duration.ofMinutes(5);
    private static final WebSocketOptions SOCKET =
            new WebSocketOptions(
                    1 << 20, 8 << 10, 64 << 10, Duration.ofSeconds(10), Duration.ofSeconds(25));

    private final WebcamOptions options;
    private final PublishAuthorizer authorizer;
    private final LiveStreams streams;
    private final @Nullable Recordings recordings;
    private final Counter resumed;
    private final ConcurrentHashMap<String, WebcamSession> sessions = new ConcurrentHashMap<>();

    /// Sessions that were received whole: the page may not have heard it.
    private final Cache<String, Whole> whole =
            Caffeine.newBuilder().maximumSize(10_000).expireAfterWrite(WHOLE).build();

    private volatile boolean draining;

    private record Whole(String entryId, long bytes) {}

    /// @param recordings for what can be recorded only; null when nothing is
    public WebcamEndpoint(
            WebcamOptions options,
            PublishAuthorizer authorizer,
            LiveStreams streams,
            @Nullable Recordings recordings,
            MeterRegistry meters) {
        this.options = options;
        this.authorizer = authorizer;
        this.streams = streams;
        this.recordings = recordings;
        resumed =
                Counter.builder("millrace.live.webcam.resumed")
                        .description("Connections that went on with a webcam's recording")
                        .register(meters);
        Gauge.builder("millrace.live.webcam.sessions", sessions, Map::size)
                .description("Webcams that are recorded, or waited for")
                .register(meters);
    }

    /// Whether a path below the route is this endpoint's.
    public static boolean isAt(String pathBelowRoute) {
        return pathBelowRoute.endsWith(SUFFIX);
    }

    @Override
    public void handle(HttpExchange exchange) {
        if (draining) {
            exchange.reply(HttpReply.text(503, "The server is stopping."));
            return;
        }
        String path = exchange.pathBelowRoute();
        String name =
                path.substring(
                        path.startsWith("/") ? 1 : 0,
                        Math.max(path.startsWith("/") ? 1 : 0, path.length() - SUFFIX.length()));
        exchange.upgrade(SOCKET, socket -> new WebcamConnection(this, name, socket));
    }

    WebcamOptions options() {
        return options;
    }

    PublishAuthorizer authorizer() {
        return authorizer;
    }

    LiveStreams streams() {
        return streams;
    }

    @Nullable Recordings recordings() {
        return recordings;
    }

    void resumed() {
        resumed.increment();
    }

    /// An authorised connection finds its session, or begins one.
    void join(WebcamConnection connection, Hello hello, PublishRequest request, Allowed allowed) {
        WebcamSession known = sessions.get(hello.session());
        if (known == null) {
            Whole before = whole.getIfPresent(hello.session());
            if (before != null && before.entryId().equals(allowed.entryId())) {
                connection.ended(before.bytes());
                return;
            }
            if (hello.offset() > 0) {
                connection.restart("This recording is not known here any more.");
                return;
            }
            if (draining) {
                connection.onDrain();
                return;
            }
            if (sessions.size() >= options.maxSessions()) {
                connection.refuse("limit", "Too many cameras are recorded at the moment.", true);
                return;
            }
            known =
                    sessions.computeIfAbsent(
                            hello.session(),
                            id ->
                                    new WebcamSession(
                                            this,
                                            id,
                                            request,
                                            allowed,
                                            connection.socket().loop()));
        }
        if (!known.entryId().equals(allowed.entryId())) {
            connection.refuse("unauthorized", "This recording belongs to another stream.", false);
            return;
        }
        WebcamSession session = known;
        session.run(() -> session.attach(connection, hello.offset()));
    }

    /// All of a session's bytes came.
    void receivedWhole(WebcamSession session, long bytes) {
        whole.put(session.id(), new Whole(session.entryId(), bytes));
    }

    void forget(WebcamSession session) {
        sessions.remove(session.id(), session);
    }

    /// Takes no more. Sessions that are live end with their streams, the others now.
    public void drain() {
        draining = true;
        sessions.values().forEach(session -> session.run(session::drain));
    }
}
