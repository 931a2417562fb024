package io.millrace.platformapi.entry;

import io.millrace.platformapi.http.ApiCall;
import io.millrace.platformapi.model.BaseEntry;

import java.util.List;

/// Adds to entries' views what another feature knows of them. Gets a whole page at once, so that it
/// asks the database once.
public interface EntryDecorator {
    /// @param views in the order of `rows`
    void decorate(ApiCall call, List<Entry> rows, List<BaseEntry> views);
}
