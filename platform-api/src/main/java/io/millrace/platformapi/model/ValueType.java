package io.millrace.platformapi.model;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;

/// What kind of value a field or a parameter holds.
public sealed interface ValueType {
    enum Scalar implements ValueType {
        STRING,
        INT,
        LONG,
        DOUBLE,
        BOOLEAN
    }

    record ObjectOf(Class<? extends ApiObject> type) implements ValueType {}

    record ListOf(ValueType element) implements ValueType {}

    record MapOf(ValueType value) implements ValueType {}

    /// @throws IllegalArgumentException for a type that the wire has no form for
    static ValueType of(Type type) {
        return switch (type) {
            case Class<?> c when c == String.class -> Scalar.STRING;
            case Class<?> c when c == Integer.class || c == int.class -> Scalar.INT;
            case Class<?> c when c == Long.class || c == long.class -> Scalar.LONG;
            case Class<?> c when c == Double.class || c == double.class -> Scalar.DOUBLE;
            case Class<?> c when c == Boolean.class || c == boolean.class -> Scalar.BOOLEAN;
            case Class<?> c when ApiObject.class.isAssignableFrom(c) ->
                    new ObjectOf(c.asSubclass(ApiObject.class));
            // ListResponse<T>: what is in it says its own objectType.
            case TypeVariable<?> variable -> of(variable.getBounds()[0]);
            case ParameterizedType p when p.getRawType() == java.util.List.class ->
                    new ListOf(of(p.getActualTypeArguments()[0]));
            case ParameterizedType p
                    when p.getRawType() == java.util.Map.class
                            && p.getActualTypeArguments()[0] == String.class ->
                    new MapOf(of(p.getActualTypeArguments()[1]));
            default ->
                    throw new IllegalArgumentException(
                            "type: "
                                    + type
                                    + " (expected: String, int, long, double, boolean, their boxes, an ApiObject, or a List or Map<String, …> of those)");
        };
    }
}
