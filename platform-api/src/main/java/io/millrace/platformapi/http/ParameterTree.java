package io.millrace.platformapi.http;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The parameters of a request, whatever form they came in: a tree of maps whose leaves are
/// `String`, `Number`, `Boolean` or {@link UploadedFile}. A JSON list is a `List`; a form's list is
/// a map with numeric keys.
///
/// The four sources are added from the weakest to the strongest; a later value replaces an earlier
/// one and maps merge (kaltura-v3 a.1). Threading: one thread at a time.
final class ParameterTree {
    static final int MAX_PARAMETERS = 10_000;

    /// eSearch nests deepest of what real clients send, about ten levels.
    static final int MAX_DEPTH = 16;

    private final Map<String, Object> root = new LinkedHashMap<>();
    private int parameters;

    Map<String, Object> root() {
        return root;
    }

    /// Adds one parameter of a form, a query or a path: `filter:statusIn`, `filter[statusIn]`.
    void add(String key, Object value) {
        count();
        List<String> path = split(key);
        if (path.size() > MAX_DEPTH) {
            throw tooDeep();
        }
        Map<String, Object> at = root;
        for (int i = 0; i < path.size() - 1; i++) {
            at = mapAt(at, path.get(i));
        }
        at.put(path.getLast(), value);
    }

    /// Adds a JSON body; its top-level keys may be paths, too.
    void addAll(Map<String, Object> json) {
        json.forEach(
                (key, value) -> {
                    List<String> path = split(key);
                    Map<String, Object> at = root;
                    for (int i = 0; i < path.size() - 1; i++) {
                        at = mapAt(at, path.get(i));
                    }
                    countAll(value, path.size());
                    merge(at, path.getLast(), value);
                });
    }

    private void countAll(Object value, int depth) {
        count();
        if (depth > MAX_DEPTH) {
            throw tooDeep();
        }
        switch (value) {
            case Map<?, ?> map -> map.values().forEach(member -> countAll(member, depth + 1));
            case List<?> list -> list.forEach(member -> countAll(member, depth + 1));
            default -> {}
        }
    }

    private void count() {
        parameters++;
        if (parameters > MAX_PARAMETERS) {
            throw new ApiException(
                    "MAX_PARAMETERS_EXCEEDED",
                    "A request may have at most " + MAX_PARAMETERS + " parameters");
        }
    }

    private static ApiException tooDeep() {
        return new ApiException(
                "MAX_NESTING_EXCEEDED", "Parameters may nest at most " + MAX_DEPTH + " levels");
    }

    @SuppressWarnings("unchecked")
    private static void merge(Map<String, Object> at, String key, Object value) {
        if (value instanceof Map<?, ?> map && at.get(key) instanceof Map<?, ?>) {
            Map<String, Object> existing = (Map<String, Object>) at.get(key);
            ((Map<String, Object>) map).forEach((k, v) -> merge(existing, k, v));
        } else {
            at.put(key, value);
        }
    }

    /// The map below `key`; a list becomes one, a leaf gives way to one.
    @SuppressWarnings("unchecked")
    private static Map<String, Object> mapAt(Map<String, Object> at, String key) {
        Object existing = at.get(key);
        if (existing instanceof Map<?, ?>) {
            return (Map<String, Object>) existing;
        }
        var map = new LinkedHashMap<String, Object>();
        if (existing instanceof List<?> list) {
            for (int i = 0; i < list.size(); i++) {
                map.put(Integer.toString(i), list.get(i));
            }
        }
        at.put(key, map);
        return map;
    }

    /// `a:b`, `a[b]`, `a[b][c]` and mixtures; an empty segment (`a[]`) is dropped.
    private static List<String> split(String key) {
        if (key.indexOf(':') < 0 && key.indexOf('[') < 0) {
            return List.of(key);
        }
        var path = new ArrayList<String>();
        int start = 0;
        for (int i = 0; i <= key.length(); i++) {
            char c = i < key.length() ? key.charAt(i) : ':';
            if (c == ':' || c == '[' || c == ']') {
                if (i > start) {
                    path.add(key.substring(start, i));
                }
                start = i + 1;
                if (path.size() > MAX_DEPTH) {
                    throw tooDeep();
                }
            }
        }
        return path.isEmpty() ? List.of(key) : path;
    }

    /// Text of a leaf; null when there is none or it is no leaf.
    static @Nullable String text(@Nullable Object value) {
        return switch (value) {
            case String text -> text;
            case Number number -> number.toString();
            case Boolean bool -> bool ? "1" : "0";
            case null, default -> null;
        };
    }
}
