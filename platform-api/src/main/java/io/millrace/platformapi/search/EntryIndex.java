package io.millrace.platformapi.search;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.platformapi.entry.Entry;
import io.millrace.platformapi.entry.EntryStore;
import io.millrace.platformapi.entry.EntryWords;
import io.millrace.platformapi.model.EntryStatus;
import io.millrace.storage.search.FoldingAnalyzer;
import io.millrace.storage.search.LuceneIndex;
import io.millrace.storage.sql.Database;
import io.millrace.storage.sql.DatabaseUnavailableException;

import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// This node's index of the entries, which follows the log of saves.
///
/// The index stores how far it has come in the log together with its documents, so a crash repeats
/// some rows at worst; a row says only which entry was saved and the newest state is what is
/// indexed, so repeating is harmless. Numbers of the log become visible out of order: the position
/// waits before a missing one until it comes or can't come any more; rows after it are applied
/// meanwhile. Without a position, or with one that the log has forgotten, everything is read again.
///
/// Thread-safe; following is one thread at a time.
public final class EntryIndex implements EntryWords, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(EntryIndex.class);
    private static final int BATCH = 1000;
    private static final int MAX_MATCHES = 10_000;
    private static final long COMMIT_AFTER_MS = 5000;

    private final LuceneIndex index;
    private final SearchLog searchLog;
    private final EntryQueries queries;

    /// Guarded by this.
    private long position = -1;

    /// Rows after the position that are in the index already. Guarded by this.
    private final Set<Long> ahead = new HashSet<>();

    private boolean dirty;
    private long committedAtMs;
    private volatile long lag;

    private EntryIndex(LuceneIndex index, SearchLog searchLog, Analyzer analyzer) {
        this.index = index;
        this.searchLog = searchLog;
        this.queries = new EntryQueries(analyzer);
        index.position().ifPresent(text -> position = Long.parseLong(text));
    }

    /// @param folder the index's own
    public static EntryIndex open(
            Path folder, Database database, EntryStore entries, MeterRegistry meters) {
        Analyzer analyzer = new FoldingAnalyzer();
        try {
            var opened =
                    new EntryIndex(
                            LuceneIndex.open("entries", folder, analyzer, meters),
                            new SearchLog(database, entries),
                            analyzer);
            Gauge.builder("millrace.search.lag", opened, each -> each.lag)
                    .description("Rows of the log of saves that the index has not passed")
                    .register(meters);
            return opened;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Optional<List<String>> find(int partnerId, String text, boolean every) {
        try {
            // So that who saves and then searches here finds what they saved.
            follow();
        } catch (DatabaseUnavailableException e) {
            log.debug("search goes on behind the database: {}", e.getMessage());
        }
        Query query = queries.of(partnerId, text, every);
        try {
            return Optional.of(
                    index.search(
                            searcher -> {
                                var ids = new ArrayList<String>();
                                var fields = searcher.storedFields();
                                for (ScoreDoc hit : searcher.search(query, MAX_MATCHES).scoreDocs) {
                                    ids.add(fields.document(hit.doc).get(LuceneIndex.ID));
                                }
                                return ids;
                            }));
        } catch (IOException e) {
            log.error("the index cannot be searched, the tables are instead", e);
            return Optional.empty();
        }
    }

    /// Applies what has been saved since.
    public synchronized void follow() {
        try {
            if (position < 0 || (position > 0 && searchLog.first() > position + 1)) {
                rebuild();
            }
            while (step() == BATCH) {
                commitIfDue();
            }
            commitIfDue();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// @return how many rows were there
    private int step() throws IOException {
        List<SearchLog.Row> rows = searchLog.after(position, BATCH);
        var changed = new LinkedHashSet<String>();
        for (SearchLog.Row row : rows) {
            if (ahead.add(row.id())) {
                changed.add(row.entryId());
            }
        }
        if (!changed.isEmpty()) {
            apply(changed);
        }
        long before = position;
        for (SearchLog.Row row : rows) {
            if (row.id() != position + 1 && !row.settled()) {
                break;
            }
            position = row.id();
        }
        ahead.removeIf(id -> id <= position);
        dirty |= position != before;
        lag = ahead.size();
        // A gap that is still open ends the round, however many rows lie behind it.
        return position == before ? 0 : rows.size();
    }

    private void apply(Set<String> ids) throws IOException {
        Map<String, Entry> rows = new HashMap<>();
        for (Entry entry : searchLog.load(List.copyOf(ids))) {
            rows.put(entry.id(), entry);
        }
        for (String id : ids) {
            Entry entry = rows.get(id);
            if (entry == null || entry.status() == EntryStatus.DELETED) {
                index.delete(id);
            } else {
                index.upsert(id, EntryDocument.of(entry));
            }
        }
        index.refresh();
        dirty = true;
    }

    /// Reads every entry again. What is saved meanwhile is in the log after the position taken
    /// here.
    public synchronized void rebuild() throws IOException {
        long start = searchLog.last();
        index.deleteAll();
        long count = 0;
        String after = "";
        while (true) {
            List<Entry> page = searchLog.page(after, BATCH);
            for (Entry entry : page) {
                index.upsert(entry.id(), EntryDocument.of(entry));
                after = entry.id();
                count++;
            }
            if (page.size() < BATCH) {
                break;
            }
        }
        index.refresh();
        // Rows below may still be on their way; going back over some is harmless.
        position = Math.max(0, start - BATCH);
        ahead.clear();
        dirty = true;
        commit();
        log.info("search index: {} entries read, log from {}", count, position);
    }

    /// Drops rows of the log that every index has long passed, or will read the tables for.
    public void purgeLog() {
        searchLog.purge();
    }

    private void commitIfDue() throws IOException {
        if (dirty && System.currentTimeMillis() - committedAtMs >= COMMIT_AFTER_MS) {
            commit();
        }
    }

    private void commit() throws IOException {
        index.commit(Long.toString(position));
        committedAtMs = System.currentTimeMillis();
        dirty = false;
    }

    @Override
    public synchronized void close() {
        try {
            if (dirty) {
                commit();
            }
        } catch (IOException e) {
            log.warn("search index: last commit failed: {}", e.toString());
        }
        index.close();
    }
}
