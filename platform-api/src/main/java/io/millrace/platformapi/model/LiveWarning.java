package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// What the broadcaster of a live stream should mend. Ours, not Kaltura's.
public class LiveWarning extends ApiObject {
    /// Stable, for programs.
    public @Nullable String code;

    /// For the broadcaster.
    public @Nullable String text;
}
