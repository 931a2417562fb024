package io.millrace.platformapi.http;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// Names the API service that a class implements: `@ApiService("media")`. Its `@ApiAction` methods
/// are its actions.
///
/// The class is the whole registration: the dispatcher reads names, parameters and types from the
/// methods, so adding an action is writing its method. Names match without regard to case; plugin
/// services may be called bare or as `plugin_service`.
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface ApiService {
    String value();
}
