package io.millrace.platformapi.client;

import io.millrace.platformapi.model.ApiObject;
import io.millrace.platformapi.model.ModelField;
import io.millrace.platformapi.model.ModelType;
import io.millrace.platformapi.model.ModelTypes;
import io.millrace.platformapi.model.ValueType;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Turns an answer's JSON, as maps and lists, into the classes that its `objectType`s name. A field
/// or a class that we do not know is left out: the platform may be newer than its caller.
/// Stateless, thread-safe.
final class AnswerReader {
    private AnswerReader() {}

    /// @throws ApiClientException when the answer is an error
    static void throwIfError(@Nullable Object answer) throws ApiClientException {
        if (answer instanceof Map<?, ?> map
                && "KalturaAPIException".equals(map.get("objectType"))) {
            var args = new LinkedHashMap<String, String>();
            if (map.get("args") instanceof Map<?, ?> given) {
                given.forEach(
                        (name, value) -> args.put(String.valueOf(name), String.valueOf(value)));
            }
            throw new ApiClientException(
                    String.valueOf(map.get("code")), String.valueOf(map.get("message")), args);
        }
    }

    static <T extends ApiObject> T object(@Nullable Object answer, Class<T> expected)
            throws IOException {
        if (answer instanceof Map<?, ?> map) {
            ApiObject object = object(map, ModelType.of(expected));
            if (object != null) {
                return expected.cast(object);
            }
        }
        throw new IOException("the platform's answer is no " + ModelType.of(expected).objectType());
    }

    static <T extends ApiObject> List<T> objects(@Nullable Object answer, Class<T> expected)
            throws IOException {
        if (!(answer instanceof List<?> list)) {
            throw new IOException("the platform's answer is no list");
        }
        var out = new ArrayList<T>(list.size());
        for (Object element : list) {
            out.add(object(element, expected));
        }
        return out;
    }

    private static @Nullable ApiObject object(Map<?, ?> map, ModelType declared) {
        ModelType type = declared;
        if (map.get("objectType") instanceof String name) {
            ModelType named = ModelTypes.find(name);
            if (named != null && declared.type().isAssignableFrom(named.type())) {
                type = named;
            }
        }
        if (type.isAbstract()) {
            return null;
        }
        ApiObject object = type.newInstance();
        for (ModelField field : type.fields()) {
            Object value = value(field.type(), map.get(field.name()));
            if (value != null) {
                field.set(object, value);
            }
        }
        return object;
    }

    private static @Nullable Object value(ValueType type, @Nullable Object json) {
        return switch (type) {
            case ValueType.Scalar.STRING ->
                    json instanceof String || json instanceof Number ? json.toString() : null;
            case ValueType.Scalar.BOOLEAN -> json instanceof Boolean ? json : null;
            case ValueType.Scalar.INT ->
                    switch (json) {
                        case Number number -> number.intValue();
                        // A nullable boolean.
                        case Boolean bool -> bool ? 1 : 0;
                        case null, default -> null;
                    };
            case ValueType.Scalar.LONG ->
                    json instanceof Number number ? (Object) number.longValue() : null;
            case ValueType.Scalar.DOUBLE ->
                    json instanceof Number number ? (Object) number.doubleValue() : null;
            case ValueType.ObjectOf(var declared) ->
                    json instanceof Map<?, ?> map ? object(map, ModelType.of(declared)) : null;
            case ValueType.ListOf(var element) -> {
                if (!(json instanceof List<?> list)) {
                    yield null;
                }
                var out = new ArrayList<Object>(list.size());
                for (Object member : list) {
                    Object value = value(element, member);
                    if (value != null) {
                        out.add(value);
                    }
                }
                yield out;
            }
            case ValueType.MapOf(var element) -> {
                if (!(json instanceof Map<?, ?> map)) {
                    yield null;
                }
                var out = new LinkedHashMap<String, Object>();
                map.forEach(
                        (key, member) -> {
                            Object value = value(element, member);
                            if (value != null) {
                                out.put(String.valueOf(key), value);
                            }
                        });
                yield out;
            }
        };
    }
}
