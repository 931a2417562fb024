package io.millrace.platformapi.http;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// Makes a public method an API action. The wire name is the method's name unless given.
///
/// Parameters: one {@link ApiCall} (who is calling; anywhere, not on the wire), and the action's
/// own, bound by Java name. A parameter is mandatory unless it is `@Nullable` or has a {@link
/// Default}. Types: `String`, `int`, `long`, `double`, `boolean` and their boxes, model objects,
/// `List` and `Map<String, …>` of those, and {@link UploadedFile}.
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface ApiAction {
    String value() default "";

    /// The least session that may call.
    Access access() default Access.USER;

    /// From no session at all to the cluster's own roles (partner -1).
    enum Access {
        NONE,
        WIDGET,
        USER,
        ADMIN,
        INTERNAL
    }
}
