package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// Another entry's content.
public class EntryResource extends ContentResource {
    public @Nullable String entryId;
    public @Nullable Integer flavorParamsId;
}
