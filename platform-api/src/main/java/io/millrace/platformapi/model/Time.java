package io.millrace.platformapi.model;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// Unix seconds. On input a value within ten years of zero counts from now (kaltura-v3 a.2).
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.FIELD)
public @interface Time {}
