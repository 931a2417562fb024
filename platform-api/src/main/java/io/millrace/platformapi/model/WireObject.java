package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// An object of the API on its way out: what JSON and XML, response profiles and the tokens of a
/// multirequest look at. Values are `String`, `Integer`, `Long`, `Double`, `Boolean`, null,
/// `WireObject`, `List` and `Map`.
///
/// @param members in the order of the fields, null ones included
public record WireObject(String objectType, Map<String, @Nullable Object> members) {
    private static final int LONGEST_INT = 9;

    /// @param value what a field or an action may hold
    public static @Nullable Object of(@Nullable Object value) {
        return switch (value) {
            case null -> null;
            case ApiObject object -> of(object);
            case List<?> list -> {
                var out = new ArrayList<@Nullable Object>(list.size());
                for (Object element : list) {
                    out.add(of(element));
                }
                yield out;
            }
            case Map<?, ?> map -> {
                var out = new LinkedHashMap<String, @Nullable Object>();
                map.forEach((key, element) -> out.put(String.valueOf(key), of(element)));
                yield out;
            }
            case String _, Integer _, Long _, Double _, Boolean _ -> value;
            default ->
                    throw new IllegalArgumentException(
                            "value: a " + value.getClass() + " has no form on the wire");
        };
    }

    public static WireObject of(ApiObject object) {
        return of(object, false);
    }

    /// @param asClient with the fields that only a client writes, and with `__null` for {@link
    ///   ApiObject#nulled}
    public static WireObject of(ApiObject object, boolean asClient) {
        ModelType type = ModelType.of(object.getClass());
        var members = new LinkedHashMap<String, @Nullable Object>();
        for (ModelField field : type.fields()) {
            if (asClient ? !field.readOnly() : !field.writeOnly()) {
                Object value = field.get(object);
                members.put(field.name(), of(field, value));
            }
        }
        if (asClient) {
            object.nulled().forEach(field -> members.put(field + "__null", "1"));
        }
        return new WireObject(type.objectType(), members);
    }

    private static @Nullable Object of(ModelField field, @Nullable Object value) {
        if (field.numericString() && value instanceof String text) {
            return numeric(text);
        }
        if (field.nullableBoolean() && value instanceof Integer number) {
            return number < 0 ? null : Boolean.valueOf(number != 0);
        }
        return of(value);
    }

    private static Object numeric(String text) {
        int digits = text.startsWith("-") ? 1 : 0;
        boolean number = text.length() > digits && text.length() <= LONGEST_INT;
        for (int i = digits; i < text.length() && number; i++) {
            number = text.charAt(i) >= '0' && text.charAt(i) <= '9';
        }
        return number ? (Object) Integer.valueOf(text) : text;
    }
}
