package io.millrace.platformapi.http;

import io.millrace.platformapi.model.ApiObject;
import io.millrace.platformapi.model.EnumOf;
import io.millrace.platformapi.model.EnumValues;
import io.millrace.platformapi.model.ModelType;
import io.millrace.platformapi.model.ValueType;

import org.jspecify.annotations.Nullable;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// One action: the method that does it and what its parameters are on the wire. Made at the start,
/// where a signature that the wire has no form for is an {@link IllegalArgumentException}.
/// Immutable.
final class Action {
    private final String service;
    private final String name;
    private final ApiAction.Access access;
    private final List<Slot> slots;
    private final MethodHandle handle;

    /// What goes into one parameter of the method.
    private sealed interface Slot {
        enum Call implements Slot {
            CALL
        }

        record File(String name, boolean nullable) implements Slot {}

        /// @param fallback what an absent value becomes; null: it is mandatory, unless `nullable`
        record Value(
                String name,
                ValueType type,
                @Nullable EnumValues enumOf,
                boolean nullable,
                @Nullable Object fallback)
                implements Slot {}
    }

    Action(String service, Object target, Method method, ApiAction annotation) {
        this.service = service;
        this.name = annotation.value().isEmpty() ? method.getName() : annotation.value();
        this.access = annotation.access();
        String where =
                service
                        + "."
                        + name
                        + " ("
                        + method.getDeclaringClass().getSimpleName()
                        + "."
                        + method.getName()
                        + ")";
        if (!Modifier.isPublic(method.getModifiers())) {
            throw new IllegalArgumentException(where + " (expected: public)");
        }
        slots = new ArrayList<>();
        for (Parameter parameter : method.getParameters()) {
            try {
                slots.add(slot(parameter));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        where + ", parameter " + parameter.getName() + ": " + e.getMessage(), e);
            }
        }
        checkReturnType(where, method);
        try {
            method.setAccessible(true);
            handle =
                    MethodHandles.lookup()
                            .unreflect(method)
                            .bindTo(target)
                            .asSpreader(Object[].class, slots.size())
                            .asType(
                                    java.lang.invoke.MethodType.methodType(
                                            Object.class, Object[].class));
        } catch (IllegalAccessException e) {
            throw new IllegalArgumentException(
                    where + " (expected: a public method of a public class)", e);
        }
    }

    private static void checkReturnType(String where, Method method) {
        Class<?> type = method.getReturnType();
        if (type != void.class && type != ApiResponse.class && type != Object.class) {
            try {
                ValueType.of(method.getGenericReturnType());
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(where + ", return type: " + e.getMessage(), e);
            }
        }
    }

    private static Slot slot(Parameter parameter) {
        if (parameter.getType() == ApiCall.class) {
            return Slot.Call.CALL;
        }
        if (!parameter.isNamePresent()) {
            throw new IllegalArgumentException("has no name (expected: compiled with -parameters)");
        }
        boolean nullable = parameter.getAnnotatedType().isAnnotationPresent(Nullable.class);
        if (parameter.getType() == UploadedFile.class) {
            return new Slot.File(parameter.getName(), nullable);
        }
        ValueType type = ValueType.of(parameter.getParameterizedType());
        if (type instanceof ValueType.ObjectOf(Class<? extends ApiObject> model)) {
            // Reads the class now, so that a wrong field stops the start and not the first call.
            ModelType.of(model);
        }
        EnumOf enumOf = parameter.getAnnotation(EnumOf.class);
        EnumValues values = enumOf == null ? null : EnumValues.of(enumOf.value());
        Default fallback = parameter.getAnnotation(Default.class);
        Object fallbackValue = null;
        if (fallback != null) {
            try {
                fallbackValue =
                        new ParameterBinder(InstantSource.system(), false)
                                .bind(parameter.getName(), type, values, fallback.value());
            } catch (ApiException e) {
                throw new IllegalArgumentException("default: " + e.text(), e);
            }
            if (fallbackValue == null) {
                throw new IllegalArgumentException(
                        "default: " + fallback.value() + " (expected: a value of " + type + ")");
            }
        }
        return new Slot.Value(parameter.getName(), type, values, nullable, fallbackValue);
    }

    String name() {
        return name;
    }

    String service() {
        return service;
    }

    ApiAction.Access access() {
        return access;
    }

    /// @return what the method returned; null for void
    /// @throws ApiException for what is wrong with the parameters, and what the method throws
    @Nullable Object call(ApiCall call, Map<String, Object> parameters, InstantSource clock)
            throws Throwable {
        var binder = new ParameterBinder(clock, name.toLowerCase(Locale.ROOT).startsWith("update"));
        var arguments = new Object[slots.size()];
        for (int i = 0; i < arguments.length; i++) {
            arguments[i] =
                    switch (slots.get(i)) {
                        case Slot.Call _ -> call;
                        case Slot.File(String file, boolean nullable) -> {
                            if (parameters.get(file) instanceof UploadedFile upload) {
                                yield upload;
                            }
                            yield absent(file, nullable);
                        }
                        case Slot.Value value -> {
                            Object bound =
                                    binder.bind(
                                            value.name(),
                                            value.type(),
                                            value.enumOf(),
                                            parameters.get(value.name()));
                            if (bound == null) {
                                bound =
                                        value.fallback() == null
                                                ? absent(value.name(), value.nullable())
                                                : value.fallback();
                            }
                            yield bound;
                        }
                    };
        }
        return handle.invokeExact(arguments);
    }

    @SuppressWarnings("NullAway") // a @Nullable parameter of the method takes it
    private static Object absent(String name, boolean nullable) {
        if (!nullable) {
            throw ApiException.missingParameter(name);
        }
        return null;
    }

    @Override
    public String toString() {
        return service + "." + name;
    }
}
