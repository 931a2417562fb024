package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// Which entries of those that have a length.
public class PlayableEntryFilter extends BaseEntryFilter {
    @Time public @Nullable Long lastPlayedAtGreaterThanOrEqual;
    @Time public @Nullable Long lastPlayedAtLessThanOrEqual;
    public @Nullable Integer durationLessThan;
    public @Nullable Integer durationGreaterThan;
    public @Nullable Integer durationLessThanOrEqual;
    public @Nullable Integer durationGreaterThanOrEqual;
}
