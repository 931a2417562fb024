package io.millrace.storage.search;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.TermQuery;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

class LuceneIndexTest {
    @TempDir Path parent;

    @Test
    void replacesById() throws IOException {
        try (LuceneIndex index = open()) {
            index.upsert("1", document("Café am Fluß"));
            index.upsert("2", document("river"));
            index.refresh();
            assertThat(find(index, "cafe")).containsExactly("1");
            index.upsert("1", document("bridge"));
            index.delete("2");
            index.refresh();
            assertThat(find(index, "cafe")).isEmpty();
            assertThat(find(index, "river")).isEmpty();
            assertThat(find(index, "bridge")).containsExactly("1");
            assertThat(index.documents()).isEqualTo(1);
        }
    }

    @Test
    void positionAndDocumentsAreCommittedTogether() throws IOException {
        try (LuceneIndex index = open()) {
            assertThat(index.position()).isEmpty();
            index.upsert("1", document("one"));
            index.commit("17");
            index.upsert("2", document("two"));
        }
        try (LuceneIndex index = open()) {
            assertThat(index.position()).contains("17");
            assertThat(find(index, "one")).containsExactly("1");
            assertThat(find(index, "two")).isEmpty();
        }
    }

    /// Any flipped byte of any file: the index opens, and either is intact or says that it is
    /// empty.
    @Test
    void aDamagedIndexIsMovedAsideAndEmpty() throws IOException {
        try (LuceneIndex index = open()) {
            for (int i = 0; i < 50; i++) {
                index.upsert("id" + i, document("word" + i));
            }
            index.commit("50");
        }
        List<Path> files;
        try (Stream<Path> list = Files.list(parent.resolve("index"))) {
            files = list.filter(f -> !f.endsWith("write.lock")).sorted().toList();
        }
        assertThat(files).isNotEmpty();
        int rebuilt = 0;
        for (Path file : files) {
            byte[] intact = Files.readAllBytes(file);
            byte[] damaged = intact.clone();
            damaged[damaged.length / 2] ^= 0x55;
            Files.write(file, damaged);
            try (LuceneIndex index = open()) {
                if (index.wasRebuilt()) {
                    rebuilt++;
                    assertThat(index.position()).isEmpty();
                    assertThat(index.documents()).isZero();
                }
            }
            restore(file, intact);
        }
        assertThat(rebuilt).isEqualTo(files.size());
        try (LuceneIndex index = open()) {
            assertThat(index.position()).contains("50");
            assertThat(index.documents()).isEqualTo(50);
        }
    }

    private void restore(Path file, byte[] intact) throws IOException {
        Path folder = parent.resolve("index");
        try (Stream<Path> siblings = Files.list(parent)) {
            Path aside =
                    siblings.filter(p -> p.toString().contains(".damaged-"))
                            .findFirst()
                            .orElseThrow();
            try (Stream<Path> empty = Files.list(folder)) {
                for (Path p : (Iterable<Path>) empty::iterator) {
                    Files.delete(p);
                }
            }
            Files.delete(folder);
            Files.move(aside, folder);
        }
        Files.write(file, intact);
    }

    private LuceneIndex open() throws IOException {
        return LuceneIndex.open(
                "test", parent.resolve("index"), new FoldingAnalyzer(), new SimpleMeterRegistry());
    }

    private static Document document(String text) {
        Document document = new Document();
        document.add(new TextField("text", text, Field.Store.NO));
        return document;
    }

    private static List<String> find(LuceneIndex index, String word) throws IOException {
        return index.search(
                searcher -> {
                    var hits = searcher.search(new TermQuery(new Term("text", word)), 10);
                    var stored = searcher.storedFields();
                    return java.util.Arrays.stream(hits.scoreDocs)
                            .map(
                                    d -> {
                                        try {
                                            return stored.document(d.doc).get(LuceneIndex.ID);
                                        } catch (IOException e) {
                                            throw new java.io.UncheckedIOException(e);
                                        }
                                    })
                            .toList();
                });
    }
}
