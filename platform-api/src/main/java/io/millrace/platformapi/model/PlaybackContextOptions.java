package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// What a player says of itself, in the newer form.
public class PlaybackContextOptions extends ContextDataParams {
    public @Nullable String clipFrom;
}
