package io.millrace.delivery.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

class FormReaderTest {
    private static final String MULTIPART = "multipart/form-data; boundary=--------b17";
    private static final FormReader.Limits LIMITS = new FormReader.Limits(100, 1000, 3);

    @TempDir Path folder;

    /// Gives `step` bytes a read.
    private static InputStream dribble(byte[] bytes, int step) {
        return new ByteArrayInputStream(bytes) {
            @Override
            public synchronized int read(byte[] target, int offset, int length) {
                return super.read(target, offset, Math.min(length, step));
            }
        };
    }

    private static byte[] latin(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static byte[] multipart(String start, byte[] file) throws IOException {
        var out = new ByteArrayOutputStream();
        out.write(
                latin(
                        start
                                + "----------b17\r\nContent-Disposition: form-data; name=\"ks\"\r\n\r\nsecret\r\n"
                                + "----------b17\r\nContent-Disposition: form-data; name=\"entry:name\"\r\n\r\nA=B&C\r\n"
                                + "----------b17\r\nContent-Disposition: form-data; name=\"fileData\"; filename=\"../a b.mp4\"\r\n"
                                + "Content-Type: application/octet-stream\r\n\r\n"));
        out.write(file);
        out.write(latin("\r\n----------b17--\r\n"));
        return out.toByteArray();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 1000, 1 << 20})
    void readsMultipartHoweverItArrives(int step) throws Exception {
        byte[] file = new byte[step == 1 ? 3_000 : 300_000];
        new Random(step).nextBytes(file);
        for (String start : List.of("", "\r\n")) {
            try (FormReader.Form form =
                    FormReader.read(
                            MULTIPART, dribble(multipart(start, file), step), folder, LIMITS)) {
                assertThat(form.fields())
                        .startsWith(
                                new FormReader.Value("ks", "secret"),
                                new FormReader.Value("entry:name", "A=B&C"));
                var part = (FormReader.FilePart) form.fields().get(2);
                assertThat(part.fileName()).endsWith("a b.mp4");
                assertThat(part.sizeBytes()).isEqualTo(file.length);
                assertThat(part.file()).hasParentRaw(folder).hasBinaryContent(file);
            }
            assertThat(filesLeft()).isEmpty();
        }
    }

    private List<Path> filesLeft() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    @Test
    void takesAnEmptyFileAndAPartWithoutType() throws Exception {
        String body =
                "----------b17\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x\"\r\n\r\n\r\n----------b17--\r\n";
        try (FormReader.Form form =
                FormReader.read(MULTIPART, dribble(latin(body), 10), folder, LIMITS)) {
            assertThat(((FormReader.FilePart) form.fields().getFirst()).sizeBytes()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 1000})
    void readsUrlencoded(int step) throws Exception {
        byte[] body = latin("service=media&action=list&filter%3AnameLike=%C3%A9+b&empty=&a=1&a=2");
        try (FormReader.Form form =
                FormReader.read(
                        "application/x-www-form-urlencoded; charset=UTF-8",
                        dribble(body, step),
                        folder,
                        LIMITS)) {
            assertThat(form.fields())
                    .containsExactly(
                            new FormReader.Value("service", "media"),
                            new FormReader.Value("action", "list"),
                            new FormReader.Value("filter:nameLike", "é b"),
                            new FormReader.Value("empty", ""),
                            new FormReader.Value("a", "1"),
                            new FormReader.Value("a", "2"));
        }
    }

    @Test
    void leavesNothingOfABodyCutShort() throws Exception {
        byte[] whole = multipart("", new byte[200_000]);
        for (int length : new int[] {0, 10, 300, 100_000, whole.length - 10}) {
            byte[] cut = java.util.Arrays.copyOf(whole, length);
            assertThatThrownBy(
                            () -> FormReader.read(MULTIPART, dribble(cut, 65536), folder, LIMITS))
                    .isInstanceOf(RequestBodyException.class);
            assertThat(filesLeft()).isEmpty();
        }
    }

    @Test
    void refusesLargeValuesAndManyFiles() throws Exception {
        assertThatThrownBy(
                        () ->
                                FormReader.read(
                                        "application/x-www-form-urlencoded",
                                        dribble(latin("a=" + "x".repeat(2_000)), 100),
                                        folder,
                                        LIMITS))
                .isInstanceOf(RequestBodyException.class);
        String part =
                "----------b17\r\nContent-Disposition: form-data; name=\"v\"\r\n\r\n"
                        + "x".repeat(2_000)
                        + "\r\n";
        assertThatThrownBy(
                        () ->
                                FormReader.read(
                                        MULTIPART,
                                        dribble(latin(part + "----------b17--\r\n"), 100),
                                        folder,
                                        LIMITS))
                .isInstanceOf(RequestBodyException.class);
        String file =
                "----------b17\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x\"\r\n\r\nabc\r\n";
        assertThatThrownBy(
                        () ->
                                FormReader.read(
                                        MULTIPART,
                                        dribble(latin(file.repeat(5) + "----------b17--\r\n"), 100),
                                        folder,
                                        LIMITS))
                .isInstanceOf(RequestBodyException.class)
                .hasMessageContaining("3 files");
        assertThat(filesLeft()).isEmpty();
    }
}
