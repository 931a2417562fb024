package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// A part of the content, in milliseconds.
public class ClipAttributes extends OperationAttributes {
    public @Nullable Integer offset;

    /// Missing or 0: to the end.
    public @Nullable Integer duration;
}
