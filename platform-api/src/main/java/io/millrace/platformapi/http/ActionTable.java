package io.millrace.platformapi.http;

import java.lang.reflect.Method;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// The actions of all services, found by name without regard to case. Immutable after construction.
final class ActionTable {
    private final Map<String, Map<String, Action>> services = new TreeMap<>();

    /// @throws IllegalArgumentException when an object is no service, a signature has no form on
    ///   the wire, or two methods have one name
    ActionTable(List<?> serviceObjects) {
        for (Object object : serviceObjects) {
            ApiService annotation = object.getClass().getAnnotation(ApiService.class);
            if (annotation == null) {
                throw new IllegalArgumentException(
                        object.getClass() + " (expected: annotated with @ApiService)");
            }
            Map<String, Action> actions =
                    services.computeIfAbsent(lower(annotation.value()), _ -> new TreeMap<>());
            for (Method method : object.getClass().getDeclaredMethods()) {
                ApiAction action = method.getAnnotation(ApiAction.class);
                if (action != null && !method.isSynthetic()) {
                    var described = new Action(annotation.value(), object, method, action);
                    Action other = actions.putIfAbsent(lower(described.name()), described);
                    if (other != null) {
                        throw new IllegalArgumentException(described + " is there twice");
                    }
                }
            }
        }
    }

    private static String lower(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    /// @param service bare, or with its plugin's prefix: `metadata_metadata`
    /// @throws ApiException when there is no such service or action
    Action find(String service, String action) {
        Map<String, Action> actions = services.get(lower(service));
        if (actions == null) {
            actions = services.get(lower(service.substring(service.lastIndexOf('_') + 1)));
        }
        if (actions == null) {
            throw ApiException.unknownService(service);
        }
        if (action.isEmpty()) {
            throw ApiException.actionNotSpecified();
        }
        Action found = actions.get(lower(action));
        if (found == null) {
            throw ApiException.unknownAction(action, service);
        }
        return found;
    }
}
