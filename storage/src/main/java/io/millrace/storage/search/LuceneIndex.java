package io.millrace.storage.search;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.CheckIndex;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.SearcherFactory;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// One index folder with its one writer and near-real-time searchers.
///
/// Documents are replaced by id. A commit stores a position (of the log that the documents come
/// from) together with them, so after a crash the reader of that log goes on exactly there. An
/// index that can't be opened is moved aside and an empty one is made; {@link #position()} is then
/// empty, which tells the owner to fill it again from the start. Thread-safe; calls block on
/// storage.
public final class LuceneIndex implements AutoCloseable {
    /// The field every document is known by.
    public static final String ID = "_id";

    private static final Logger log = LoggerFactory.getLogger(LuceneIndex.class);
    private static final String POSITION = "position";

    private final String name;
    private final Directory directory;
    private final IndexWriter writer;
    private final SearcherManager searchers;
    private final Timer commits;
    private final boolean rebuilt;

    /// A search on a point-in-time view.
    @FunctionalInterface
    public interface Search<R> {
        R run(IndexSearcher searcher) throws IOException;
    }

    private LuceneIndex(
            String name,
            Directory directory,
            IndexWriter writer,
            boolean rebuilt,
            MeterRegistry registry)
            throws IOException {
        this.name = name;
        this.directory = directory;
        this.writer = writer;
        this.rebuilt = rebuilt;
        this.searchers = new SearcherManager(writer, new SearcherFactory());
        this.commits = Timer.builder("millrace.index.commit").tag("index", name).register(registry);
        Gauge.builder("millrace.index.documents", this, i -> i.writer.getDocStats().numDocs)
                .tag("index", name)
                .register(registry);
    }

    /// Opens the index in `folder` or makes an empty one.
    ///
    /// @param analyzer of the text fields; {@link FoldingAnalyzer} as a rule
    public static LuceneIndex open(
            String name, Path folder, Analyzer analyzer, MeterRegistry registry)
            throws IOException {
        Files.createDirectories(folder);
        boolean rebuilt = false;
        if (isDamaged(folder)) {
            moveAside(name, folder);
            rebuilt = true;
        }
        Directory directory = FSDirectory.open(folder);
        try {
            IndexWriterConfig config =
                    new IndexWriterConfig(analyzer)
                            .setOpenMode(IndexWriterConfig.OpenMode.CREATE_OR_APPEND)
                            .setRAMBufferSizeMB(32);
            // What was not committed with its position must not appear after a clean stop either.
            config.setCommitOnClose(false);
            return new LuceneIndex(
                    name, directory, new IndexWriter(directory, config), rebuilt, registry);
        } catch (IOException | RuntimeException e) {
            directory.close();
            throw e;
        }
    }

    /// Whether the index was damaged and is empty now; its owner fills it again.
    public boolean wasRebuilt() {
        return rebuilt;
    }

    /// The position stored by the last {@link #commit}; empty in a new index.
    public Optional<String> position() {
        Iterable<Map.Entry<String, String>> data = writer.getLiveCommitData();
        if (data != null) {
            for (Map.Entry<String, String> entry : data) {
                if (entry.getKey().equals(POSITION)) {
                    return Optional.of(entry.getValue());
                }
            }
        }
        return Optional.empty();
    }

    /// Puts a document in the place of the one with the same id; seen after {@link #refresh}.
    public void upsert(String id, Document document) throws IOException {
        document.removeFields(ID);
        document.add(new StringField(ID, id, Field.Store.YES));
        writer.updateDocument(new Term(ID, id), document);
    }

    public void delete(String id) throws IOException {
        writer.deleteDocuments(new Term(ID, id));
    }

    public void deleteAll() throws IOException {
        writer.deleteAll();
    }

    /// Lets searches that start now see everything written before.
    public void refresh() throws IOException {
        searchers.maybeRefreshBlocking();
    }

    /// Makes what was written durable, together with the position it goes up to.
    public void commit(String position) throws IOException {
        long started = System.nanoTime();
        writer.setLiveCommitData(Map.of(POSITION, position).entrySet());
        writer.commit();
        commits.record(System.nanoTime() - started, TimeUnit.NANOSECONDS);
    }

    public <R> R search(Search<R> search) throws IOException {
        IndexSearcher searcher = searchers.acquire();
        try {
            return search.run(searcher);
        } finally {
            searchers.release(searcher);
        }
    }

    public int documents() {
        return writer.getDocStats().numDocs;
    }

    /// Closes without a commit: what came after the last one is read again from the log.
    @Override
    public void close() {
        try {
            searchers.close();
            writer.close();
            directory.close();
        } catch (IOException e) {
            throw new UncheckedIOException("index " + name, e);
        }
    }

    /// Opening reads the structure only; the checksums of all files are looked at as well, because
    /// a flipped byte would otherwise surface in some search, months later.
    private static boolean isDamaged(Path folder) throws IOException {
        try (Directory directory = FSDirectory.open(folder)) {
            if (!DirectoryReader.indexExists(directory)) {
                try (var files = Files.list(folder)) {
                    // Segments without a commit point: somebody removed or damaged it.
                    return files.anyMatch(f -> f.getFileName().toString().startsWith("_"));
                }
            }
            try (var check = new CheckIndex(directory)) {
                check.setLevel(CheckIndex.Level.MIN_LEVEL_FOR_CHECKSUM_CHECKS);
                return !check.checkIndex().clean;
            }
        } catch (org.apache.lucene.index.CorruptIndexException
                | org.apache.lucene.index.IndexFormatTooOldException
                | org.apache.lucene.index.IndexFormatTooNewException
                | java.io.EOFException
                | java.nio.file.NoSuchFileException e) {
            log.debug("index in {}: {}", folder, e.toString());
            return true;
        }
    }

    private static void moveAside(String name, Path folder) throws IOException {
        Path aside =
                folder.resolveSibling(
                        folder.getFileName() + ".damaged-" + System.currentTimeMillis());
        Files.move(folder, aside, StandardCopyOption.ATOMIC_MOVE);
        Files.createDirectories(folder);
        log.error("index {}: damaged, moved to {}; it will be filled again", name, aside);
    }
}
