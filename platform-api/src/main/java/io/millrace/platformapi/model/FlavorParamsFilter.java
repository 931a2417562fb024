package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// Which flavor params.
public class FlavorParamsFilter extends Filter {
    public @Nullable String systemNameEqual;
    public @Nullable String systemNameIn;
    @NullableBoolean public @Nullable Integer isSystemDefaultEqual;
    public @Nullable String tagsEqual;
    public @Nullable String formatEqual;
}
