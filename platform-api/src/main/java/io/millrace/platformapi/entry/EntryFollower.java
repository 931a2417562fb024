package io.millrace.platformapi.entry;

import org.jdbi.v3.core.Handle;

/// A feature that has things belonging to entries.
public interface EntryFollower {
    /// Called in the transaction that deletes the entry, its row locked.
    ///
    /// @throws io.millrace.platformapi.http.ApiException when it may not be deleted now
    void entryDeleted(Handle handle, Entry entry);
}
