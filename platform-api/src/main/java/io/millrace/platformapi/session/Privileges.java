package io.millrace.platformapi.session;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A session's privileges: `name[:value[/value2…]]`, comma-separated (kaltura-v3 b.4). Immutable.
///
/// @param values by name, in the order of the text; a privilege without a value has an empty list
public record Privileges(Map<String, List<String>> values) {
    public static final Privileges NONE = new Privileges(Map.of());

    /// Reads the text form; never fails: a privilege that nobody knows allows nothing.
    public static Privileges parse(String text) {
        if (text.isBlank()) {
            return NONE;
        }
        var values = new LinkedHashMap<String, List<String>>();
        for (String part : text.split(",")) {
            String privilege = part.strip();
            if (privilege.isEmpty()) {
                continue;
            }
            int colon = privilege.indexOf(':');
            String name = colon < 0 ? privilege : privilege.substring(0, colon);
            if (name.equals("*")) {
                add(values, "all", "*");
            } else {
                add(values, name, colon < 0 ? "" : privilege.substring(colon + 1));
            }
        }
        return new Privileges(values);
    }

    static void add(Map<String, List<String>> values, String name, String value) {
        List<String> list = values.computeIfAbsent(name, _ -> new ArrayList<>());
        if (!value.isEmpty()) {
            // urirestrict separates by | and its values are paths; the slash means nothing there.
            list.addAll(List.of(value.split(name.equals("urirestrict") ? "\\|" : "/")));
        }
    }

    public boolean has(String name) {
        return values.containsKey(name);
    }

    /// The first value; null when the privilege or its value is missing.
    public @Nullable String first(String name) {
        List<String> list = values.get(name);
        return list == null || list.isEmpty() ? null : list.getFirst();
    }

    public List<String> all(String name) {
        return values.getOrDefault(name, List.of());
    }

    /// Whether `name` is given for `id`, for `*`, or everything is (`*`).
    public boolean allows(String name, String id) {
        if (all("all").contains("*")) {
            return true;
        }
        List<String> list = values.get(name);
        return list != null && (list.contains("*") || list.contains(id));
    }

    /// The text form: `list:*,edit:0_abc/0_def`.
    @Override
    public String toString() {
        var text = new StringBuilder();
        values.forEach(
                (name, list) -> {
                    if (!text.isEmpty()) {
                        text.append(',');
                    }
                    if (name.equals("all") && list.equals(List.of("*"))) {
                        text.append('*');
                    } else {
                        text.append(name);
                        if (!list.isEmpty()) {
                            text.append(':')
                                    .append(
                                            String.join(
                                                    name.equals("urirestrict") ? "|" : "/", list));
                        }
                    }
                });
        return text.toString();
    }
}
