package io.millrace.platformapi.client;

import io.millrace.platformapi.model.ApiObject;
import io.millrace.platformapi.model.WireObject;
import io.millrace.platformapi.session.Ks;
import io.millrace.platformapi.session.KsFormat;
import io.millrace.platformapi.session.Privileges;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Executors;

/// Calls actions of the platform as one partner (of the cluster's own roles, or any other), at the
/// first of its nodes that can be reached.
///
/// A call goes to the next node only when the connection was refused or the node said that it is
/// not ready: one that may have been carried out is never sent twice. A node that failed is asked
/// last for some seconds.
///
/// Threading: thread-safe; calls block.
public final class PlatformClient implements AutoCloseable {
    private static final Duration REST = Duration.ofSeconds(5);
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);
    private static final int MAX_ANSWER_BYTES = 32 * 1024 * 1024;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Addresses addresses;
    private final Caller caller;
    private final Duration timeout;
    private final HttpClient http;
    private final @Nullable Integer actingFor;
    private volatile Session session = new Session("", Instant.MIN);

    /// Who calls.
    ///
    /// @param secret the partner's admin secret: the client makes its own sessions with it
    /// @param sessionLife how long each of them is good; renewed at half of it
    /// @param privileges as in a KS: `*`, or empty
    public record Caller(int partnerId, String secret, Duration sessionLife, String privileges) {
        /// An admin session with everything, an hour at a time.
        public static Caller admin(int partnerId, String secret) {
            return new Caller(partnerId, secret, Duration.ofHours(1), "*");
        }

        @Override
        public String toString() {
            return "Caller[partnerId=" + partnerId + "]";
        }
    }

    private record Session(String ks, Instant renewAt) {}

    /// @param addresses of the platform's nodes: `http://host:port`
    /// @param timeout for one call; an upload has it per chunk
    public PlatformClient(List<URI> addresses, Caller caller, Duration timeout) {
        this(
                new Addresses(addresses, REST),
                caller,
                timeout,
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .connectTimeout(CONNECT_TIMEOUT)
                        .executor(Executors.newVirtualThreadPerTaskExecutor())
                        .build(),
                null);
    }

    private PlatformClient(
            Addresses addresses,
            Caller caller,
            Duration timeout,
            HttpClient http,
            @Nullable Integer actingFor) {
        this.addresses = addresses;
        this.caller = caller;
        this.timeout = timeout;
        this.http = http;
        this.actingFor = actingFor;
    }

    /// The same client on behalf of another partner; only one of the cluster's own roles may.
    /// Closing either closes both.
    public PlatformClient actingFor(int partnerId) {
        return new PlatformClient(addresses, caller, timeout, http, partnerId);
    }

    /// A session token of this caller, good for at least half of a session's life.
    public String ks() {
        Session current = session;
        Instant now = Instant.now();
        if (!now.isBefore(current.renewAt())) {
            String ks =
                    KsFormat.makeV2(
                            caller.partnerId(),
                            caller.secret(),
                            Ks.TYPE_ADMIN,
                            "",
                            now.plus(caller.sessionLife()).getEpochSecond(),
                            Privileges.parse(caller.privileges()),
                            null);
            current = new Session(ks, now.plus(caller.sessionLife().dividedBy(2)));
            session = current;
        }
        return current.ks();
    }

    /// Calls an action that answers an object.
    ///
    /// @param action as `media.get`
    /// @param parameters values are texts, numbers, booleans, model objects, and lists and maps of
    ///   those
    /// @throws ApiClientException when the platform refused
    /// @throws IOException when no node could be reached, or the answer did not come or was none of
    ///   the API's
    public <T extends ApiObject> T call(String action, Map<String, ?> parameters, Class<T> answer)
            throws ApiClientException, IOException, InterruptedException {
        return AnswerReader.object(call(action, parameters), answer);
    }

    /// Calls an action that answers a bare list of objects.
    public <T extends ApiObject> List<T> callForList(
            String action, Map<String, ?> parameters, Class<T> element)
            throws ApiClientException, IOException, InterruptedException {
        return AnswerReader.objects(call(action, parameters), element);
    }

    /// Calls any action.
    ///
    /// @return JSON as maps, lists, texts, numbers and booleans; null for an action without an
    ///   answer
    public @Nullable Object call(String action, Map<String, ?> parameters)
            throws ApiClientException, IOException, InterruptedException {
        BodyPublisher body = BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body(parameters)));
        return send(action, body, "application/json");
    }

    /// Calls an action with a file, such as `uploadToken.upload`: `length` bytes of `file` from
    /// `offset` go up as they are read.
    ///
    /// @param parameter the file's name: `fileData`
    public <T extends ApiObject> T upload(
            String action,
            Map<String, ?> parameters,
            String parameter,
            String fileName,
            Path file,
            long offset,
            long length,
            Class<T> answer)
            throws ApiClientException, IOException, InterruptedException {
        String boundary = "millrace-" + UUID.randomUUID();
        byte[] head =
                ("--"
                                + boundary
                                + "\r\nContent-Disposition: form-data; name=\"json\"\r\nContent-Type: application/json\r\n\r\n"
                                + JSON.writeValueAsString(body(parameters))
                                + "\r\n--"
                                + boundary
                                + "\r\nContent-Disposition: form-data; name=\""
                                + quoted(parameter)
                                + "\"; filename=\""
                                + quoted(fileName)
                                + "\"\r\nContent-Type: application/octet-stream\r\n\r\n")
                        .getBytes(StandardCharsets.UTF_8);
        byte[] tail = ("\r\n--" + boundary + "--\r\n").getBytes(StandardCharsets.UTF_8);
        BodyPublisher content = BodyPublishers.ofInputStream(() -> open(file, offset, length));
        BodyPublisher all =
                BodyPublishers.fromPublisher(
                        BodyPublishers.concat(
                                BodyPublishers.ofByteArray(head),
                                content,
                                BodyPublishers.ofByteArray(tail)),
                        head.length + length + tail.length);
        return AnswerReader.object(
                send(action, all, "multipart/form-data; boundary=" + boundary), answer);
    }

    private static InputStream open(Path file, long offset, long length) {
        try {
            FileChannel channel = FileChannel.open(file);
            channel.position(offset);
            return new BoundedInput(Channels.newInputStream(channel), length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String quoted(String text) {
        return text.replace("\"", "%22").replace("\r", "%0D").replace("\n", "%0A");
    }

    private Map<String, Object> body(Map<String, ?> parameters) {
        var body = new LinkedHashMap<String, Object>();
        body.put("format", 1);
        body.put("clientTag", "millrace");
        body.put("ks", ks());
        if (actingFor != null) {
            body.put("partnerId", actingFor);
        }
        parameters.forEach(
                (name, value) -> {
                    Object wire = wire(value);
                    if (wire != null) {
                        body.put(name, wire);
                    }
                });
        return body;
    }

    /// Model objects as maps with their `objectType`; null members are left out.
    private static @Nullable Object wire(@Nullable Object value) {
        return switch (value) {
            case null -> null;
            case ApiObject object -> wire(WireObject.of(object, true));
            case WireObject(String objectType, Map<String, @Nullable Object> members) -> {
                var map = new LinkedHashMap<String, Object>();
                map.put("objectType", objectType);
                members.forEach(
                        (name, member) -> {
                            Object wire = wire(member);
                            if (wire != null) {
                                map.put(name, wire);
                            }
                        });
                yield map;
            }
            case List<?> list -> list.stream().map(PlatformClient::wire).toList();
            case Map<?, ?> map -> {
                var out = new LinkedHashMap<String, Object>();
                map.forEach(
                        (name, member) -> {
                            Object wire = wire(member);
                            if (wire != null) {
                                out.put(String.valueOf(name), wire);
                            }
                        });
                yield out;
            }
            default -> value;
        };
    }

    private @Nullable Object send(String action, BodyPublisher body, String contentType)
            throws ApiClientException, IOException, InterruptedException {
        int dot = action.indexOf('.');
        if (dot < 1) {
            throw new IllegalArgumentException("action: " + action + " (expected: service.action)");
        }
        String path =
                "/api_v3/service/"
                        + action.substring(0, dot)
                        + "/action/"
                        + action.substring(dot + 1);
        IOException last = null;
        for (URI address : addresses.inOrder()) {
            HttpRequest request =
                    HttpRequest.newBuilder(address.resolve(path))
                            .timeout(timeout)
                            .header("Content-Type", contentType)
                            .header("Accept", "application/json")
                            .POST(body)
                            .build();
            HttpResponse<InputStream> response;
            try {
                response = http.send(request, HttpResponse.BodyHandlers.ofInputStream());
            } catch (ConnectException | HttpConnectTimeoutException e) {
                addresses.failed(address);
                last = new IOException("the platform at " + address + " cannot be reached", e);
                continue;
            } catch (IOException e) {
                addresses.failed(address);
                throw new IOException(
                        "the platform at " + address + " did not answer " + action + ": " + e, e);
            }
            try (InputStream in = response.body()) {
                int status = response.statusCode();
                if (status == 502 || status == 503) {
                    addresses.failed(address);
                    last =
                            new IOException(
                                    "the platform at " + address + " is not ready: HTTP " + status);
                    continue;
                }
                addresses.answered(address);
                return answer(action, status, in);
            }
        }
        throw last == null ? new IOException("no address") : last;
    }

    private static @Nullable Object answer(String action, int status, InputStream in)
            throws ApiClientException, IOException {
        byte[] bytes = in.readNBytes(MAX_ANSWER_BYTES + 1);
        if (status != 200) {
            throw new IOException(action + " was answered with HTTP " + status);
        }
        if (bytes.length > MAX_ANSWER_BYTES) {
            throw new IOException(
                    action + " was answered with more than " + MAX_ANSWER_BYTES + " bytes");
        }
        Object answer;
        try {
            answer = JSON.readValue(bytes, Object.class);
        } catch (JacksonException e) {
            throw new IOException(action + " was answered with something that is not JSON", e);
        }
        AnswerReader.throwIfError(answer);
        return answer;
    }

    /// Drops the calls that are still running.
    @Override
    public void close() {
        http.shutdownNow();
    }
}
