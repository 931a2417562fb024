package io.millrace.platformapi.http;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.millrace.platformapi.model.WireObject;
import io.millrace.platformapi.session.Ks;
import io.millrace.platformapi.session.SessionValidator;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Turns requests into calls of the services' methods and their results into answers, by data
/// alone: no code here or anywhere else knows a single action (kaltura-v3 a).
///
/// Whatever a client sends, the answer is 200 with a result or an error of the API; our own
/// mistakes are INTERNAL_SERVERL_ERROR with the request's id, logged once.
///
/// Threading: thread-safe. Blocks as long as the called services do, so call it on a virtual
/// thread.
public final class ApiDispatcher {
    private static final Logger LOG = LoggerFactory.getLogger(ApiDispatcher.class);
    private static final int MAX_SUB_REQUESTS = 256;
    private static final int REQUEST_ID_BYTES = 6;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final ActionTable actions;
    private final SessionValidator sessions;
    private final String serverId;
    private final MeterRegistry meters;
    private final InstantSource clock;
    private final Failures failures;

    /// What a failure of something below the services means to a client.
    @FunctionalInterface
    public interface Failures {
        /// Null: it is our own mistake.
        @Nullable ApiException known(Throwable failure);
    }

    /// @param services objects whose classes are annotated with {@link ApiService}
    /// @param serverId this node's name, shown in `X-Me`
    /// @throws IllegalArgumentException when a service's annotations or signatures are wrong
    public ApiDispatcher(
            List<?> services,
            SessionValidator sessions,
            String serverId,
            MeterRegistry meters,
            InstantSource clock) {
        this(services, sessions, serverId, meters, clock, _ -> null);
    }

    /// As the other one, and failures that are nobody's mistake (a database that cannot be reached)
    /// have a code of their own.
    public ApiDispatcher(
            List<?> services,
            SessionValidator sessions,
            String serverId,
            MeterRegistry meters,
            InstantSource clock,
            Failures failures) {
        this.failures = failures;
        this.actions = new ActionTable(services);
        this.sessions = sessions;
        this.serverId = serverId;
        this.meters = meters;
        this.clock = clock;
    }

    public ApiResponse handle(ApiRequest request) {
        long start = System.nanoTime();
        byte[] id = new byte[REQUEST_ID_BYTES];
        RANDOM.nextBytes(id);
        String requestId = HexFormat.of().formatHex(id);
        if (request.method().equals("OPTIONS")) {
            return finish(preflight(), requestId);
        }
        AnswerFormat format = AnswerFormat.XML;
        Map<String, Object> parameters = Map.of();
        Object result;
        try {
            parameters = RequestReader.read(request);
            format = AnswerFormat.of(ParameterTree.text(parameters.get("format")));
            var caller = new Caller(request, requestId);
            String service = textOf(parameters, "service");
            if (service.isEmpty()) {
                throw ApiException.serviceNotSpecified();
            }
            result =
                    service.equalsIgnoreCase("multirequest")
                            ? multirequest(caller, parameters)
                            : single(caller, parameters);
        } catch (ApiException e) {
            result = e;
        } catch (RuntimeException e) {
            // Not from an action, those are caught where the action is known.
            LOG.error(
                    "request {}: {} {} failed",
                    requestId,
                    request.method(),
                    request.shownPath(),
                    e);
            result = ApiException.internal(requestId);
        }
        if (result instanceof ApiResponse file) {
            return finish(file, requestId);
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        String ignoreNull = ParameterTree.text(parameters.get("ignoreNull"));
        ApiResponse response =
                format.write(
                        result,
                        "1".equals(ignoreNull),
                        ParameterTree.text(parameters.get("callback")),
                        seconds);
        return finish(uncacheable(response), requestId);
    }

    private record Caller(ApiRequest request, String requestId) {}

    private @Nullable Object multirequest(Caller caller, Map<String, Object> parameters) {
        List<Map<String, Object>> subRequests = subRequests(parameters);
        var results = new ArrayList<@Nullable Object>(subRequests.size());
        var tokens = new ResultTokens(results);
        for (Map<String, Object> own : subRequests) {
            Object result;
            try {
                result = single(caller, tokens.resolve(inherit(parameters, own)));
            } catch (ApiException e) {
                result = e;
            }
            if (result instanceof ApiResponse) {
                return result;
            }
            results.add(result);
        }
        return results;
    }

    /// Numbered from 0 (Node, Python, TypeScript) or from 1 (Java, PHP, the player), up to the
    /// first gap.
    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> subRequests(Map<String, Object> parameters) {
        var found = new ArrayList<Map<String, Object>>();
        int number = parameters.get("0") instanceof Map<?, ?> ? 0 : 1;
        while (parameters.get(Integer.toString(number)) instanceof Map<?, ?> own) {
            if (found.size() == MAX_SUB_REQUESTS) {
                throw new ApiException(
                        "MAX_SUB_REQUESTS_EXCEEDED",
                        "A multirequest may have at most " + MAX_SUB_REQUESTS + " requests");
            }
            found.add((Map<String, Object>) own);
            number++;
        }
        return found;
    }

    private static Map<String, Object> inherit(
            Map<String, Object> parameters, Map<String, Object> own) {
        var all = new LinkedHashMap<String, Object>();
        for (String name : List.of("ks", "partnerId", "p", "clientTag", "apiVersion", "language")) {
            Object value = parameters.get(name);
            if (value != null) {
                all.put(name, value);
            }
        }
        all.putAll(own);
        return all;
    }

    /// @return an {@link ApiResponse} from an action that serves a file; else what goes into the
    ///   answer
    private @Nullable Object single(Caller caller, Map<String, Object> parameters) {
        String service = textOf(parameters, "service");
        if (service.isEmpty()) {
            throw ApiException.serviceNotSpecified();
        }
        Action action = actions.find(service, textOf(parameters, "action"));
        long start = System.nanoTime();
        String outcome = "ok";
        try {
            ResponseProfile profile = ResponseProfile.of(parameters.get("responseProfile"));
            ApiCall call = admit(caller, action, parameters);
            Object value = action.call(call, parameters, clock);
            if (value instanceof ApiResponse) {
                return value;
            }
            Object result = WireObject.of(value);
            return profile == null ? result : profile.apply(result);
        } catch (ApiException e) {
            outcome = e.code();
            LOG.debug("request {}: {}: {}", caller.requestId(), action, e.text());
            throw e;
        } catch (VirtualMachineError e) {
            throw e;
        } catch (Throwable e) {
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            ApiException known = failures.known(e);
            if (known != null) {
                outcome = known.code();
                LOG.warn("request {}: {}: {}", caller.requestId(), action, e.toString());
                throw known;
            }
            outcome = "INTERNAL_SERVERL_ERROR";
            LOG.error("request {}: {} failed", caller.requestId(), action, e);
            throw ApiException.internal(caller.requestId());
        } finally {
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            Timer.builder("millrace.api.calls")
                    .description("Calls of API actions")
                    .tag("action", action.toString())
                    .tag("outcome", outcome)
                    .register(meters)
                    .record(took);
            LOG.debug(
                    "request {}: {} {} in {} ms",
                    caller.requestId(),
                    action,
                    outcome,
                    took.toMillis());
        }
    }

    /// Who is calling, if that is enough for the action.
    private ApiCall admit(Caller caller, Action action, Map<String, Object> parameters) {
        ApiRequest request = caller.request();
        String text = textOf(parameters, "ks");
        if (text.isEmpty()) {
            text = request.header("x-kaltura-ks");
        }
        Ks ks = null;
        if (!text.isEmpty()) {
            switch (sessions.check(text, request.remoteAddress(), request.path())) {
                case SessionValidator.Result.Valid(Ks valid) -> ks = valid;
                case SessionValidator.Result.Refused(int code, String description) -> {
                    // A client whose session has run out still sends it when it asks for a new one.
                    if (action.access() != ApiAction.Access.NONE) {
                        throw ApiException.invalidKs(text, code, description);
                    }
                }
            }
        }
        String named = textOf(parameters, "partnerId");
        int partnerId = number(named.isEmpty() ? textOf(parameters, "p") : named);
        if (ks != null && action.access() != ApiAction.Access.NONE) {
            boolean internal = ks.partnerId() < 0 && ks.isAdmin();
            if (partnerId != 0 && partnerId != ks.partnerId() && !internal) {
                throw ApiException.of(
                        "PARTNER_ACCESS_FORBIDDEN",
                        "Partner id ["
                                + ks.partnerId()
                                + "] is not allowed to access partner ["
                                + partnerId
                                + "]",
                        "PARTNER_ID",
                        Integer.toString(ks.partnerId()));
            }
        }
        if (ks != null && partnerId == 0) {
            partnerId = ks.partnerId();
        }
        var call =
                new ApiCall(
                        ks,
                        partnerId,
                        request.remoteAddress(),
                        request.baseUrl(),
                        caller.requestId());
        boolean allowed =
                switch (action.access()) {
                    case NONE -> true;
                    case WIDGET -> call.session() != null;
                    case USER -> !call.session().isWidget();
                    case ADMIN -> call.session().isAdmin();
                    case INTERNAL -> call.session().isAdmin() && call.session().partnerId() < 0;
                };
        if (!allowed) {
            throw ApiException.serviceForbidden(action.service() + "->" + action.name());
        }
        return call;
    }

    private static String textOf(Map<String, Object> parameters, String name) {
        String text = ParameterTree.text(parameters.get(name));
        return text == null ? "" : text.strip();
    }

    private static int number(String text) {
        try {
            return text.isEmpty() ? 0 : Integer.parseInt(text);
        } catch (NumberFormatException _) {
            return 0;
        }
    }

    private ApiResponse finish(ApiResponse response, String requestId) {
        return response.with("Access-Control-Allow-Origin", "*")
                .with(
                        "Access-Control-Expose-Headers",
                        "Server, Content-Length, Content-Range, Date, X-Kaltura, X-Kaltura-Session, X-Me")
                .with("X-Me", serverId)
                .with("X-Kaltura-Session", requestId)
                .with("X-Content-Type-Options", "nosniff");
    }

    private static ApiResponse preflight() {
        var headers = new LinkedHashMap<String, String>();
        headers.put("Access-Control-Allow-Methods", "POST, GET, HEAD, OPTIONS");
        headers.put(
                "Access-Control-Allow-Headers",
                "Origin, X-Requested-With, Content-Type, Accept, Range, Cache-Control, X-Kaltura-Ks, Authorization");
        headers.put("Access-Control-Max-Age", "86400");
        return new ApiResponse(200, headers, new byte[0]);
    }

    private static ApiResponse uncacheable(ApiResponse response) {
        return response.with("Expires", "Sun, 19 Nov 2000 08:52:00 GMT")
                .with(
                        "Cache-Control",
                        "no-store, no-cache, must-revalidate, post-check=0, pre-check=0")
                .with("Pragma", "no-cache");
    }
}
