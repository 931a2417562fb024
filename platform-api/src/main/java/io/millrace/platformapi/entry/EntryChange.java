package io.millrace.platformapi.entry;

import org.jspecify.annotations.Nullable;

import java.util.LinkedHashMap;
import java.util.Map;

/// Columns of `entry` and what they become: one save, of a new row or of one that is there. The
/// column names are our own text, never a client's. One thread at a time.
public final class EntryChange {
    final Map<String, @Nullable Object> columns = new LinkedHashMap<>();

    public EntryChange set(String column, @Nullable Object value) {
        columns.put(column, value);
        return this;
    }

    /// Forgets what went wrong before.
    public EntryChange noError() {
        return set("error_code", null).set("error_description", null);
    }

    public boolean isEmpty() {
        return columns.isEmpty();
    }
}
