package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// Why something is not playable, for the viewer.
public class AccessControlMessage extends ApiObject {
    @ReadOnly public @Nullable String message;
    @ReadOnly public @Nullable String code;
}
