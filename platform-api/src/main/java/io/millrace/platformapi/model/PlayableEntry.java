package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// An entry with a length in time.
public class PlayableEntry extends BaseEntry {
    @ReadOnly public @Nullable Long plays;
    @ReadOnly public @Nullable Long views;
    @ReadOnly @Time public @Nullable Long lastPlayedAt;
    @ReadOnly public @Nullable Integer width;
    @ReadOnly public @Nullable Integer height;
    @ReadOnly public @Nullable Integer duration;
    public @Nullable Integer msDuration;
    @ReadOnly public @Nullable String durationType;
}
