package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// What a recording takes over from its live entry.
public class LiveEntryRecordingOptions extends ApiObject {
    @NullableBoolean public @Nullable Integer shouldCopyEntitlement;
    @NullableBoolean public @Nullable Integer shouldCopyScheduling;
    @NullableBoolean public @Nullable Integer shouldCopyThumbnail;
    @NullableBoolean public @Nullable Integer shouldMakeHidden;
    @NullableBoolean public @Nullable Integer shouldAutoArchive;
    public @Nullable String nonDeletedCuePointsTags;
    public @Nullable String archiveVodSuffixTimezone;
}
