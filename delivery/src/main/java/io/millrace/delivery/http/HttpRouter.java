package io.millrace.delivery.http;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Which handler a path goes to: the longest prefix wins.
///
/// A prefix that ends in `/` covers what is below it; any other covers itself and what is below it.
/// Routes may be added at any time. Thread-safe.
public final class HttpRouter {
    /// Bodies of routes that say nothing else.
    public static final long DEFAULT_MAX_BODY_BYTES = 1 << 20;

    /// One entry.
    ///
    /// @param prefix starts with `/`
    /// @param name in metrics and logs; few of them
    /// @param maxBodyBytes longer request bodies are refused with 413
    public record Route(String prefix, String name, long maxBodyBytes, HttpHandler handler) {
        public Route {
            if (!prefix.startsWith("/")) {
                throw new IllegalArgumentException("prefix: " + prefix + " (expected: /…)");
            }
            if (maxBodyBytes < 0) {
                throw new IllegalArgumentException(
                        "maxBodyBytes: " + maxBodyBytes + " (expected: >= 0)");
            }
        }

        boolean covers(String path) {
            return path.startsWith(prefix)
                    && (path.length() == prefix.length()
                            || prefix.endsWith("/")
                            || path.charAt(prefix.length()) == '/');
        }
    }

    private volatile List<Route> longestFirst = List.of();

    public HttpRouter add(String prefix, String name, HttpHandler handler) {
        return add(prefix, name, DEFAULT_MAX_BODY_BYTES, handler);
    }

    /// @throws IllegalArgumentException when the prefix is taken
    public synchronized HttpRouter add(
            String prefix, String name, long maxBodyBytes, HttpHandler handler) {
        var route = new Route(prefix, name, maxBodyBytes, handler);
        var routes = new ArrayList<>(longestFirst);
        for (Route other : routes) {
            if (other.prefix().equals(prefix)) {
                throw new IllegalArgumentException("prefix: " + prefix + " is routed twice");
            }
        }
        routes.add(route);
        routes.sort(Comparator.comparingInt((Route r) -> r.prefix().length()).reversed());
        longestFirst = List.copyOf(routes);
        return this;
    }

    /// The route of a decoded path.
    @Nullable Route find(String path) {
        List<Route> routes = longestFirst;
        for (int i = 0; i < routes.size(); i++) {
            Route route = routes.get(i);
            if (route.covers(path)) {
                return route;
            }
        }
        return null;
    }
}
