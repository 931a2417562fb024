package io.millrace.mediaserver.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// One key of the configuration, on the record component that holds its value.
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
@interface Setting {
    /// `section.name`, lower case, words joined by `-`.
    String key();

    /// The default in the form that a user would write; empty means "not set".
    String value() default "";

    /// What the value is measured in or which values are allowed, for the reader: `port`,
    /// `duration`, `bytes`, `a | b`.
    String unit();

    /// One or two sentences for an operator.
    String help();

    /// Bounds of a number (of seconds for a duration, of bytes for a size).
    long min() default Long.MIN_VALUE;

    long max() default Long.MAX_VALUE;

    /// Whether the value is never shown.
    boolean secret() default false;
}
