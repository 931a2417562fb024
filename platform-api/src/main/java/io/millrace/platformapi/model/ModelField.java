package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;

/// A member of an object of the API, as its field's annotations describe it. Immutable.
///
/// @param name on the wire
/// @param enumOf the allowed values; null when any will do
public record ModelField(
        String name,
        ValueType type,
        Field field,
        boolean readOnly,
        boolean insertOnly,
        boolean writeOnly,
        boolean time,
        boolean numericString,
        boolean nullableBoolean,
        @Nullable EnumValues enumOf) {

    static ModelField of(Field field) {
        if (Modifier.isFinal(field.getModifiers()) || field.getType().isPrimitive()) {
            throw new IllegalArgumentException(field + " (expected: neither final nor primitive)");
        }
        WireName wireName = field.getAnnotation(WireName.class);
        EnumOf enumOf = field.getAnnotation(EnumOf.class);
        ValueType type;
        try {
            type = ValueType.of(field.getGenericType());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(field + ": " + e.getMessage(), e);
        }
        return new ModelField(
                wireName == null ? field.getName() : wireName.value(),
                type,
                field,
                field.isAnnotationPresent(ReadOnly.class),
                field.isAnnotationPresent(InsertOnly.class),
                field.isAnnotationPresent(WriteOnly.class),
                field.isAnnotationPresent(Time.class),
                field.isAnnotationPresent(NumericString.class),
                field.isAnnotationPresent(NullableBoolean.class),
                enumOf == null ? null : EnumValues.of(enumOf.value()));
    }

    public @Nullable Object get(ApiObject object) {
        try {
            return field.get(object);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(field + " is not readable", e);
        }
    }

    public void set(ApiObject object, @Nullable Object value) {
        try {
            field.set(object, value);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(field + " is not writable", e);
        }
    }
}
