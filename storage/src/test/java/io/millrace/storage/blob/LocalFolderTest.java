package io.millrace.storage.blob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.List;

class LocalFolderTest {
    @TempDir Path temporary;
    private Path root;
    private LocalFolder folder;

    @BeforeEach
    void makeFolder() throws IOException {
        root = Files.createDirectories(temporary.resolve("media"));
        write(root.resolve("a.mp4"), "a");
        write(root.resolve("with space/übung (1), it's 100 €.mp4"), "b");
        write(root.resolve("v1.2...final/x..y.mp4"), "c");
        write(root.resolve(".hidden/a.mp4"), "hidden");
        write(root.resolve("sub/.secret.mp4"), "hidden");
        write(temporary.resolve("outside.mp4"), "outside");
        write(temporary.resolve("media-beside/a.mp4"), "outside");
        Files.createSymbolicLink(root.resolve("inside.mp4"), root.resolve("a.mp4"));
        Files.createSymbolicLink(root.resolve("folder-link"), root.resolve("with space"));
        Files.createSymbolicLink(root.resolve("out.mp4"), temporary.resolve("outside.mp4"));
        Files.createSymbolicLink(root.resolve("up"), temporary);
        Files.createSymbolicLink(root.resolve("to-hidden.mp4"), root.resolve(".hidden/a.mp4"));
        Files.createSymbolicLink(root.resolve("loop.mp4"), root.resolve("loop.mp4"));
        folder = new LocalFolder(root);
    }

    private static void write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private String read(String name) throws IOException {
        try (BlobReader reader = folder.open(name)) {
            ByteBuffer bytes = ByteBuffer.allocate(100);
            reader.read(bytes, 0);
            return new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void opensFilesOfAnyName() throws IOException {
        assertThat(read("a.mp4")).isEqualTo("a");
        assertThat(read("with space/übung (1), it's 100 €.mp4")).isEqualTo("b");
        assertThat(read("v1.2...final/x..y.mp4")).isEqualTo("c");
    }

    @Test
    void followsLinksThatStayInside() throws IOException {
        assertThat(read("inside.mp4")).isEqualTo("a");
        assertThat(read("folder-link/übung (1), it's 100 €.mp4")).isEqualTo("b");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                ".",
                "..",
                "../outside.mp4",
                "../media/a.mp4",
                "sub/../a.mp4",
                "sub/../../outside.mp4",
                "./a.mp4",
                "sub/./x",
                "/a.mp4",
                "//a.mp4",
                "sub//a.mp4",
                "a.mp4/",
                "a.mp4/b",
                "a.mp4\u0000.jpg",
                "a.mp4\n",
                "sub\\a.mp4",
                ".hidden/a.mp4",
                "sub/.secret.mp4",
                "to-hidden.mp4",
                "out.mp4",
                "up/outside.mp4",
                "up/media-beside/a.mp4",
                "loop.mp4",
                "sub",
                "nothing.mp4",
                "A.MP4"
            })
    void whatIsNotBelowItIsNotThere(String name) {
        assertThatThrownBy(() -> folder.open(name)).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void aNameLongerThanAFileSystemKnowsIsNotThere() {
        assertThatThrownBy(() -> folder.open("x".repeat(300)))
                .isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> folder.open("x/".repeat(5000) + "a"))
                .isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void aFileReplacedInPlaceHasAnotherIdentity() throws IOException {
        try (BlobReader before = folder.open("a.mp4")) {
            Files.delete(root.resolve("a.mp4"));
            write(root.resolve("a.mp4"), "A");
            try (BlobReader after = folder.open("a.mp4")) {
                assertThat(after.info().identity()).isNotEqualTo(before.info().identity());
            }
            Files.writeString(root.resolve("a.mp4"), "longer");
            try (BlobReader grown = folder.open("a.mp4")) {
                assertThat(grown.info().sizeBytes()).isEqualTo(6);
            }
        }
    }

    @Test
    void listsWhatCanBeOpened() throws IOException {
        List<String> names = folder.list(name -> name.endsWith(".mp4"), 10, 1000, 100);
        assertThat(names)
                .containsExactlyInAnyOrder(
                        "a.mp4", "with space/übung (1), it's 100 €.mp4", "v1.2...final/x..y.mp4");
        assertThat(folder.list(_ -> true, 10, 1000, 1)).hasSize(1);
    }

    @Test
    void saysWhatIsWrongWithAFolder() throws IOException {
        assertThatThrownBy(() -> new LocalFolder(root.resolve("none")))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining("there is no such folder");
        assertThatThrownBy(() -> new LocalFolder(root.resolve("a.mp4")))
                .isInstanceOf(NotDirectoryException.class)
                .hasMessageContaining("is not a folder");
    }
}
