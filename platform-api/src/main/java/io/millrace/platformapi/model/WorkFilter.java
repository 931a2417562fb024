package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// Which jobs.
public class WorkFilter extends Filter {
    public @Nullable Long idEqual;
    public @Nullable String entryIdEqual;
    public @Nullable String entryIdIn;
    public @Nullable String assetIdEqual;
    public @Nullable String kindEqual;
    public @Nullable String kindIn;
    public @Nullable String statusEqual;
    public @Nullable String statusIn;
    public @Nullable String stateEqual;
    public @Nullable String stateIn;
}
