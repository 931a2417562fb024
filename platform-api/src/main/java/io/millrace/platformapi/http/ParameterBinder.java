package io.millrace.platformapi.http;

import io.millrace.platformapi.model.ApiObject;
import io.millrace.platformapi.model.EnumValues;
import io.millrace.platformapi.model.ModelField;
import io.millrace.platformapi.model.ModelType;
import io.millrace.platformapi.model.ModelTypes;
import io.millrace.platformapi.model.ValueType;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// Turns a parameter's tree into the Java value that an action declares (kaltura-v3 a.2). Null is
/// "not sent". What is not understood and harmless is left out; what is wrong is an {@link
/// ApiException}. Immutable.
final class ParameterBinder {
    /// A time within this many seconds of zero counts from now.
    private static final long RELATIVE_TIME_SECONDS = 315_360_000L;

    private static final String NULL_SUFFIX = "__null";

    private final InstantSource clock;
    private final boolean update;

    /// @param update whether the action changes an existing object: `@InsertOnly` fields are
    ///   refused then
    ParameterBinder(InstantSource clock, boolean update) {
        this.clock = clock;
        this.update = update;
    }

    @Nullable Object bind(
            String name, ValueType type, @Nullable EnumValues enumOf, @Nullable Object value) {
        return switch (type) {
            case ValueType.Scalar scalar -> scalar(name, scalar, enumOf, value);
            case ValueType.ObjectOf(var declared) ->
                    value instanceof Map<?, ?> map ? object(name, declared, map) : null;
            case ValueType.ListOf(var element) -> list(name, element, enumOf, value);
            case ValueType.MapOf(var element) -> map(name, element, value);
        };
    }

    private @Nullable Object scalar(
            String name,
            ValueType.Scalar type,
            @Nullable EnumValues enumOf,
            @Nullable Object value) {
        String text = ParameterTree.text(value);
        if (text == null) {
            return null;
        }
        if (type == ValueType.Scalar.STRING) {
            requireText(name, text);
            if (enumOf != null) {
                return text.isEmpty() ? null : member(name, enumOf, text);
            }
            return text;
        }
        String trimmed = text.strip();
        if (type == ValueType.Scalar.BOOLEAN) {
            // An empty one is "not sent", so that a declared default holds; where none is, null
            // reads as false.
            return trimmed.isEmpty()
                    ? null
                    : !(trimmed.equals("0") || trimmed.equalsIgnoreCase("false"));
        }
        if (trimmed.isEmpty()) {
            return null;
        }
        if (trimmed.equalsIgnoreCase("true")) {
            trimmed = "1";
        } else if (trimmed.equalsIgnoreCase("false")) {
            trimmed = "0";
        }
        if (enumOf != null && !enumOf.values().contains(trimmed)) {
            throw ApiException.invalidEnumValue(text, name, enumOf.name());
        }
        return number(name, type, trimmed);
    }

    private static Object number(String name, ValueType.Scalar type, String text) {
        try {
            if (type == ValueType.Scalar.DOUBLE) {
                double number = Double.parseDouble(text);
                if (Double.isNaN(number) || Double.isInfinite(number)) {
                    throw new NumberFormatException(text);
                }
                return number;
            }
            long number;
            if (text.matches("[+-]?\\d{1,19}")) {
                number = Long.parseLong(text);
            } else if (text.length() <= 40
                    && text.matches("[+-]?\\d*\\.?\\d+([eE][+-]?\\d{1,2})?|[+-]?\\d+\\.")) {
                // 1e3 and 12.0, as JavaScript and PHP may write an integer.
                number = new BigDecimal(text).longValue();
            } else {
                throw new NumberFormatException(text);
            }
            return type == ValueType.Scalar.LONG
                    ? (Object) number
                    : (Object) Math.toIntExact(number);
        } catch (NumberFormatException | ArithmeticException _) {
            throw ApiException.of(
                    "PROPERTY_VALIDATION_NUMERIC_VALUE",
                    "The property \"" + name + "\" must be numeric",
                    "PROP_NAME",
                    name);
        }
    }

    private static String member(String name, EnumValues enumOf, String text) {
        if (!enumOf.values().contains(text)) {
            throw ApiException.invalidEnumValue(text, name, enumOf.name());
        }
        return text;
    }

    /// XML 1.0 §2.2: what its `Char` leaves out cannot be written back to half of our clients.
    private static void requireText(String name, String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean bad = c < 0x20 ? c != '\t' && c != '\n' && c != '\r' : c >= 0xFFFE;
            if (Character.isSurrogate(c)) {
                bad =
                        !(Character.isHighSurrogate(c)
                                && i + 1 < text.length()
                                && Character.isLowSurrogate(text.charAt(i + 1)));
                i++;
            }
            if (bad) {
                throw ApiException.of(
                        "INVALID_PARAMETER_CHAR",
                        "Invalid char in parameter \"" + name + "\"",
                        "PARAM_NAME",
                        name);
            }
        }
    }

    private @Nullable List<Object> list(
            String name, ValueType element, @Nullable EnumValues enumOf, @Nullable Object value) {
        List<?> sources;
        if (value instanceof List<?> json) {
            sources = json;
        } else if (value instanceof Map<?, ?> map) {
            var numbered = new TreeMap<Integer, Object>();
            map.forEach(
                    (key, member) -> {
                        if (key instanceof String text && text.matches("\\d{1,9}")) {
                            numbered.put(Integer.valueOf(text), member);
                        }
                    });
            if (numbered.isEmpty() && !map.containsKey("-") && !map.isEmpty()) {
                return null;
            }
            sources = new ArrayList<>(numbered.values());
        } else {
            return null;
        }
        var out = new ArrayList<Object>(sources.size());
        for (Object source : sources) {
            Object bound = bind(name, element, enumOf, source);
            if (bound != null) {
                out.add(bound);
            }
        }
        return out;
    }

    private @Nullable Map<String, Object> map(
            String name, ValueType element, @Nullable Object value) {
        if (value instanceof List<?> list && list.isEmpty()) {
            return new LinkedHashMap<>();
        }
        if (!(value instanceof Map<?, ?> source)) {
            return null;
        }
        var out = new LinkedHashMap<String, Object>();
        source.forEach(
                (key, member) -> {
                    Object bound =
                            key.equals("-") ? null : bind(name + ":" + key, element, null, member);
                    if (bound != null) {
                        out.put(String.valueOf(key), bound);
                    }
                });
        return out;
    }

    private ApiObject object(String name, Class<? extends ApiObject> declared, Map<?, ?> members) {
        ModelType type = concrete(name, declared, members.get("objectType"));
        ApiObject object = type.newInstance();
        members.forEach(
                (key, value) -> {
                    String fieldName = String.valueOf(key);
                    if (fieldName.endsWith(NULL_SUFFIX)) {
                        ModelField field =
                                type.field(
                                        fieldName.substring(
                                                0, fieldName.length() - NULL_SUFFIX.length()));
                        if (field != null) {
                            refuseIfFixed(type, field);
                            object.nulled().add(field.name());
                        }
                        return;
                    }
                    ModelField field = type.field(fieldName);
                    if (field != null) {
                        set(object, type, field, value);
                    }
                });
        return object;
    }

    private void set(ApiObject object, ModelType type, ModelField field, Object value) {
        Object bound;
        if (field.nullableBoolean()) {
            String text = ParameterTree.text(value);
            String word = text == null ? "" : text.strip().toLowerCase(Locale.ROOT);
            Boolean bool =
                    word.equals("1") || word.equals("true")
                            ? Boolean.TRUE
                            : word.equals("0") || word.equals("false") ? Boolean.FALSE : null;
            if (word.equals("-1")) {
                object.nulled().add(field.name());
            }
            bound =
                    bool != null && field.type() == ValueType.Scalar.INT
                            ? (Object) (bool ? 1 : 0)
                            : bool;
        } else {
            bound = bind(field.name(), field.type(), field.enumOf(), value);
        }
        if (bound == null) {
            return;
        }
        refuseIfFixed(type, field);
        if (field.time()
                && bound instanceof Number time
                && Math.abs(time.longValue()) <= RELATIVE_TIME_SECONDS) {
            long absolute = clock.instant().getEpochSecond() + time.longValue();
            bound =
                    bound instanceof Integer
                            ? (Object) Math.toIntExact(absolute)
                            : (Object) absolute;
        }
        field.set(object, bound);
        object.nulled().remove(field.name());
    }

    private void refuseIfFixed(ModelType type, ModelField field) {
        if (field.readOnly() || (update && field.insertOnly())) {
            throw ApiException.notUpdatable(type.objectType(), field.name());
        }
    }

    /// The class that `objectType` names when it is the declared one or a kind of it; the declared
    /// one otherwise.
    private static ModelType concrete(
            String name, Class<? extends ApiObject> declared, @Nullable Object objectType) {
        ModelType type = ModelType.of(declared);
        if (objectType instanceof String text) {
            ModelType named = ModelTypes.find(text);
            if (named != null && declared.isAssignableFrom(named.type())) {
                type = named;
            }
        }
        if (type.isAbstract()) {
            throw ApiException.of(
                    "OBJECT_TYPE_ABSTRACT",
                    "The object type \""
                            + type.objectType()
                            + "\" of parameter \""
                            + name
                            + "\" is abstract and can't be instantiated",
                    "OBJECT_TYPE",
                    type.objectType());
        }
        return type;
    }
}
