package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// Which conversion profiles.
public class ConversionProfileFilter extends Filter {
    public @Nullable Integer idEqual;
    public @Nullable String idIn;
    public @Nullable String statusEqual;
    public @Nullable String statusIn;
    public @Nullable String typeEqual;
    public @Nullable String typeIn;
    public @Nullable String nameEqual;
    public @Nullable String systemNameEqual;
    public @Nullable String systemNameIn;
    public @Nullable String tagsMultiLikeOr;
    public @Nullable String tagsMultiLikeAnd;
}
