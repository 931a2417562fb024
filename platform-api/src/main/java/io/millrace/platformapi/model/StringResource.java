package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// Content given in the call itself.
public class StringResource extends ContentResource {
    public @Nullable String content;
}
