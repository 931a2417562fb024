package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// Which media entries.
public class MediaEntryFilter extends PlayableEntryFilter {
    public @Nullable Integer mediaTypeEqual;
    public @Nullable String mediaTypeIn;
    public @Nullable String sourceTypeEqual;
    public @Nullable String sourceTypeNotEqual;
    public @Nullable String sourceTypeIn;
    public @Nullable String sourceTypeNotIn;
}
