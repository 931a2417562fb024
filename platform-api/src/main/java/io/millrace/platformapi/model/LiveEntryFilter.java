package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// Which live entries.
public class LiveEntryFilter extends MediaEntryFilter {
    @NullableBoolean public @Nullable Integer isLive;
    @NullableBoolean public @Nullable Integer isRecordedEntryIdEmpty;
}
