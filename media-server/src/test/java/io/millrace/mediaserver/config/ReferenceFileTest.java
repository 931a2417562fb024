package io.millrace.mediaserver.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The shipped file and the docs page say what the records say; `-Dgolden.update=true` rewrites
/// both.
class ReferenceFileTest {
    private static final Path SHIPPED = Path.of("src/main/dist/conf/millrace.conf");
    private static final Path DOCS = Path.of("../docs/configuration.md");

    @TempDir Path folder;

    @Test
    void shippedFileEqualsTheRecords() throws IOException {
        assertGolden(SHIPPED, ReferenceFile.text());
    }

    @Test
    void docsPageEqualsTheRecords() throws IOException {
        assertGolden(DOCS, ReferenceFile.markdown());
    }

    @Test
    void everyDefaultWrittenOutIsTheDefault() throws Exception {
        // Uncommenting every key must change nothing.
        Path all = folder.resolve("all.conf");
        Files.writeString(
                all, ReferenceFile.text().replaceAll("(?m)^#([a-z]+(\\.[a-z-]+)+ =)", "$1"));
        assertThat(new ConfigReader().file(all).read()).isEqualTo(new ConfigReader().read());
    }

    private static void assertGolden(Path file, String text) throws IOException {
        if (Boolean.getBoolean("golden.update")) {
            Files.writeString(file, text);
        }
        assertThat(file).hasContent(text);
    }
}
