package io.millrace.platformapi.http;

import io.millrace.platformapi.model.WireObject;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Which fields of an answer the client wants (kaltura-v3 a.8): `fields` are the only ones (type 1)
/// or those left out (type 2). Only the inline form is known; a stored one is never found.
record ResponseProfile(boolean include, Set<String> fields) {
    /// @return null when there is none, or one that keeps everything
    static @Nullable ResponseProfile of(@Nullable Object parameter) {
        if (!(parameter instanceof Map<?, ?> map)) {
            return null;
        }
        String fields = ParameterTree.text(map.get("fields"));
        String type = ParameterTree.text(map.get("type"));
        String id = ParameterTree.text(map.get("id"));
        String systemName = ParameterTree.text(map.get("systemName"));
        if (fields == null && type == null && (id != null || systemName != null)) {
            String name = id != null ? id : String.valueOf(systemName);
            throw ApiException.of(
                    "RESPONSE_PROFILE_ID_NOT_FOUND",
                    "Response profile id [" + name + "] not found",
                    "ID",
                    name);
        }
        if (fields == null || !("1".equals(type) || "2".equals(type))) {
            return null;
        }
        var names = new HashSet<String>();
        for (String field : fields.split(",")) {
            if (!field.isBlank()) {
                names.add(field.strip());
            }
        }
        return new ResponseProfile("1".equals(type), names);
    }

    @Nullable Object apply(@Nullable Object result) {
        return switch (result) {
            case WireObject list when list.members().get("objects") instanceof List<?> objects -> {
                var members = new LinkedHashMap<>(list.members());
                members.put("objects", apply(objects));
                yield new WireObject(list.objectType(), members);
            }
            case WireObject object -> filter(object);
            case List<?> list -> apply(list);
            case null, default -> result;
        };
    }

    private List<@Nullable Object> apply(List<?> list) {
        var out = new ArrayList<@Nullable Object>(list.size());
        for (Object element : list) {
            out.add(element instanceof WireObject object ? filter(object) : element);
        }
        return out;
    }

    private WireObject filter(WireObject object) {
        var members = new LinkedHashMap<>(object.members());
        members.keySet().removeIf(name -> fields.contains(name) != include);
        return new WireObject(object.objectType(), members);
    }
}
