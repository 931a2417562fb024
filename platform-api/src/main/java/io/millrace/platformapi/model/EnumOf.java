package io.millrace.platformapi.model;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// The field or parameter holds one of the constants of `value`: a class with `public static final`
/// `int` or `String` fields. Another value gets `INVALID_ENUM_VALUE`; an empty one is "not sent".
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.FIELD, ElementType.PARAMETER})
public @interface EnumOf {
    Class<?> value();
}
