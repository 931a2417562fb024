package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// Which media servers of live entries.
public class EntryServerNodeFilter extends Filter {
    public @Nullable String entryIdEqual;
    public @Nullable String entryIdIn;
}
