package io.millrace.delivery.http;

import io.netty.handler.codec.http.QueryStringDecoder;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/// The parameters of a query string, in the order sent. Immutable.
public final class QueryParameters {
    /// More are ignored.
    public static final int MAX_PARAMETERS = 1024;

    private final Map<String, List<String>> values;

    private QueryParameters(Map<String, List<String>> values) {
        this.values = values;
    }

    /// @throws HttpProblem 400 when an escape is broken
    static QueryParameters parse(String rawQuery) throws HttpProblem {
        if (rawQuery.isEmpty()) {
            return new QueryParameters(Map.of());
        }
        try {
            return new QueryParameters(
                    new QueryStringDecoder(
                                    rawQuery, StandardCharsets.UTF_8, false, MAX_PARAMETERS, true)
                            .parameters());
        } catch (IllegalArgumentException e) {
            throw new HttpProblem(400, "The query string has a broken escape: " + e.getMessage());
        }
    }

    /// The first value of a parameter.
    public @Nullable String get(String name) {
        List<String> all = values.get(name);
        return all == null ? null : all.getFirst();
    }

    public List<String> all(String name) {
        return values.getOrDefault(name, List.of());
    }

    /// Name → values, in the order of first appearance.
    public Map<String, List<String>> asMap() {
        return java.util.Collections.unmodifiableMap(values);
    }
}
