package io.millrace.platformapi.model;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// Only the server sets this field; a client that sends it gets
/// `PROPERTY_VALIDATION_NOT_UPDATABLE`.
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.FIELD)
public @interface ReadOnly {}
