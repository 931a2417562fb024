package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A class of the API's objects, read once by reflection: its name on the wire and its members.
/// Immutable, thread-safe.
public final class ModelType {
    private static final ClassValue<ModelType> TYPES =
            new ClassValue<>() {
                @Override
                protected ModelType computeValue(Class<?> type) {
                    return new ModelType(type.asSubclass(ApiObject.class));
                }
            };

    private final Class<? extends ApiObject> type;
    private final Map<String, ModelField> fields = new LinkedHashMap<>();
    private final @Nullable MethodHandle constructor;

    private ModelType(Class<? extends ApiObject> type) {
        this.type = type;
        collect(type);
        if (isAbstract()) {
            constructor = null;
        } else {
            try {
                constructor =
                        MethodHandles.publicLookup()
                                .findConstructor(type, MethodType.methodType(void.class))
                                .asType(MethodType.methodType(ApiObject.class));
            } catch (ReflectiveOperationException e) {
                throw new IllegalArgumentException(
                        type + " (expected: public, with a public constructor without parameters)",
                        e);
            }
        }
    }

    public static ModelType of(Class<? extends ApiObject> type) {
        return TYPES.get(type);
    }

    private void collect(Class<?> level) {
        if (level != ApiObject.class) {
            collect(level.getSuperclass());
            for (Field field : level.getDeclaredFields()) {
                if (Modifier.isPublic(field.getModifiers())
                        && !Modifier.isStatic(field.getModifiers())) {
                    ModelField description = ModelField.of(field);
                    fields.put(description.name(), description);
                }
            }
        }
    }

    public String objectType() {
        return "Kaltura" + type.getSimpleName();
    }

    public Class<? extends ApiObject> type() {
        return type;
    }

    public boolean isAbstract() {
        return Modifier.isAbstract(type.getModifiers());
    }

    /// Those of the superclass first.
    public List<ModelField> fields() {
        return new ArrayList<>(fields.values());
    }

    public @Nullable ModelField field(String name) {
        return fields.get(name);
    }

    public ApiObject newInstance() {
        if (constructor == null) {
            throw new IllegalStateException(objectType() + " is abstract");
        }
        try {
            return (ApiObject) constructor.invokeExact();
        } catch (Throwable e) {
            throw new IllegalStateException("the constructor of " + objectType() + " failed", e);
        }
    }
}
