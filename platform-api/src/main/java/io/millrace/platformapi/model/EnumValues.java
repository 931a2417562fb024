package io.millrace.platformapi.model;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Set;
import java.util.TreeSet;

/// The values of an enum of the API: the `public static final` `int` and `String` fields of a
/// class.
///
/// @param name `Kaltura` + the class's simple name
/// @param values in text form
public record EnumValues(String name, Set<String> values) {
    public static EnumValues of(Class<?> constants) {
        var values = new TreeSet<String>();
        for (Field field : constants.getFields()) {
            boolean constant =
                    Modifier.isStatic(field.getModifiers())
                            && Modifier.isFinal(field.getModifiers());
            if (constant && (field.getType() == int.class || field.getType() == String.class)) {
                try {
                    values.add(String.valueOf(field.get(null)));
                } catch (IllegalAccessException e) {
                    throw new IllegalArgumentException(
                            field + " is not readable (expected: a public class)", e);
                }
            }
        }
        if (values.isEmpty()) {
            throw new IllegalArgumentException(
                    constants + " (expected: public int or String constants)");
        }
        return new EnumValues("Kaltura" + constants.getSimpleName(), Set.copyOf(values));
    }
}
