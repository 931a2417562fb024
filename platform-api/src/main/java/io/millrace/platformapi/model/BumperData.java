package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// A clip to play first.
public class BumperData extends ApiObject {
    @ReadOnly public @Nullable String entryId;
    @ReadOnly public @Nullable String url;
}
