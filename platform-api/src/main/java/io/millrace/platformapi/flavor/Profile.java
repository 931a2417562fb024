package io.millrace.platformapi.flavor;

import org.jspecify.annotations.Nullable;

/// A row of `conversion_profile`: which flavors an entry is to have. Immutable.
public record Profile(
        int id,
        int partnerId,
        int status,
        int type,
        String name,
        @Nullable String systemName,
        @Nullable String description,
        @Nullable String tags,
        boolean isDefault,
        long createdAt) {
    public static final int ENABLED = 2;
    public static final int MEDIA = 1;
    public static final int LIVE = 2;
}
