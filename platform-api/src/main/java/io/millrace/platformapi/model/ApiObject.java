package io.millrace.platformapi.model;

import java.util.LinkedHashSet;
import java.util.Set;

/// The base of every object of the API.
///
/// What the wire sees is read from the class: its `objectType` is `Kaltura` + the class's simple
/// name; its members are the public non-static fields, those of the superclass first, under their
/// Java names. Field types: `String`, `Integer`, `Long`, `Double`, `Boolean`, a class of this
/// package, `List<…>` and `Map<String, …>` of those, each `@Nullable`: null is "not sent" on the
/// way in and "left out" on the way out. Attributes are annotations: {@link ReadOnly}, {@link
/// InsertOnly}, {@link WriteOnly}, {@link Time}, {@link EnumOf}, {@link NumericString}, {@link
/// NullableBoolean}, {@link WireName}.
///
/// A subclass lives in this package, is public and, unless abstract, has a public constructor
/// without parameters; nothing else registers it.
///
/// Threading: not thread-safe; one request owns it.
public abstract class ApiObject {
    private final Set<String> nulled = new LinkedHashSet<>();

    /// The fields that the client asked to set to null (`field__null`), by wire name; their value
    /// here is null as if they had not been sent.
    public final Set<String> nulled() {
        return nulled;
    }

    public final boolean isNulled(String field) {
        return nulled.contains(field);
    }

    public final String objectType() {
        return "Kaltura" + getClass().getSimpleName();
    }
}
