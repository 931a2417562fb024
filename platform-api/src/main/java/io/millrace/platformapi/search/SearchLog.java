package io.millrace.platformapi.search;

import io.millrace.platformapi.entry.Entry;
import io.millrace.platformapi.entry.EntryStore;
import io.millrace.platformapi.filter.Conditions;
import io.millrace.storage.sql.Database;

import java.util.List;

/// The log of saves, as its readers see it. Thread-safe.
final class SearchLog {
    /// The longest that a transaction may take: a number that is still missing after that was never
    /// written.
    private static final int LONGEST_TRANSACTION_SECONDS = 10;

    private static final int KEEP_DAYS = 3;

    private final Database database;
    private final EntryStore entries;

    SearchLog(Database database, EntryStore entries) {
        this.database = database;
        this.entries = entries;
    }

    /// @param settled so old that no lower number can still appear
    record Row(long id, String entryId, boolean settled) {}

    List<Row> after(long position, int limit) {
        return database.withHandle(
                handle ->
                        handle.createQuery(
                                        "SELECT id, entry_id, created_at < CURRENT_TIMESTAMP(3) -"
                                                + " INTERVAL "
                                                + LONGEST_TRANSACTION_SECONDS
                                                + " SECOND AS settled FROM search_log WHERE id >"
                                                + " :position ORDER BY id LIMIT :limit")
                                .bind("position", position)
                                .bind("limit", limit)
                                .map(
                                        (row, _) ->
                                                new Row(
                                                        row.getLong("id"),
                                                        row.getString("entry_id"),
                                                        row.getBoolean("settled")))
                                .list());
    }

    long first() {
        return bound("MIN");
    }

    long last() {
        return bound("MAX");
    }

    private long bound(String function) {
        return database.withHandle(
                handle ->
                        handle.createQuery(
                                        "SELECT COALESCE(" + function + "(id), 0) FROM search_log")
                                .mapTo(Long.class)
                                .one());
    }

    List<Entry> load(List<String> ids) {
        return entries.findAll(ids);
    }

    /// Entries by id, from after one; for filling an index from the start.
    List<Entry> page(String afterId, int limit) {
        var conditions = new Conditions();
        conditions.and("id > " + conditions.bind(afterId)).and("status <> 3");
        return entries.list(conditions, " ORDER BY id", limit, 0);
    }

    /// Drops old rows but the very last, by which a reader sees that it has missed some.
    int purge() {
        return database.withHandle(
                handle ->
                        handle.createUpdate(
                                        "DELETE FROM search_log WHERE created_at <"
                                                + " CURRENT_TIMESTAMP(3) - INTERVAL "
                                                + KEEP_DAYS
                                                + " DAY AND id < (SELECT m FROM (SELECT MAX(id) m"
                                                + " FROM search_log) last_row) LIMIT 10000")
                                .execute());
    }
}
