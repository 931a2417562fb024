package io.millrace.delivery.http;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Reads `application/x-www-form-urlencoded` and `multipart/form-data` bodies on a virtual thread;
/// file parts go straight into files of a folder.
public final class FormReader {
    private static final int BUFFER_BYTES = 64 << 10;
    private static final String MULTIPART = "multipart/form-data";

    private FormReader() {}

    /// One field, in the order sent.
    public sealed interface Field {
        String name();
    }

    /// A value of at most {@link Limits#maxValueBytes}.
    public record Value(String name, String value) implements Field {}

    /// A file part, already on disk.
    ///
    /// @param fileName as the client named it; metadata, never a path
    /// @param contentType empty when the part had none
    public record FilePart(
            String name, String fileName, String contentType, Path file, long sizeBytes)
            implements Field {}

    /// @param maxFields values and files together
    /// @param maxValueBytes of one value
    /// @param maxFiles file parts
    public record Limits(int maxFields, int maxValueBytes, int maxFiles) {
        public static final Limits DEFAULT = new Limits(4096, 1 << 20, 32);
    }

    /// The fields of one request. Closing removes the files that nobody has moved away.
    public record Form(List<Field> fields) implements AutoCloseable {
        @Override
        public void close() {
            for (Field field : fields) {
                if (field instanceof FilePart part) {
                    try {
                        Files.deleteIfExists(part.file());
                    } catch (IOException _) {
                        // The folder's owner sweeps it.
                    }
                }
            }
        }
    }

    /// Whether the request's content type is one that {@link #read} understands.
    public static boolean isForm(HttpExchange exchange) {
        String type = exchange.header("Content-Type");
        return type != null
                && (type.regionMatches(true, 0, "application/x-www-form-urlencoded", 0, 33)
                        || type.regionMatches(true, 0, "multipart/form-data", 0, 19));
    }

    /// Reads the whole body. On failure nothing stays in `folder`.
    ///
    /// @param folder where file parts are written; made if missing
    /// @throws RequestBodyException when the body is cut, too large or malformed
    public static Form read(HttpExchange exchange, Path folder, Limits limits) throws IOException {
        String contentType = exchange.header("Content-Type");
        try (InputStream body = exchange.bodyStream()) {
            return read(contentType == null ? "" : contentType, body, folder, limits);
        }
    }

    static Form read(String contentType, InputStream body, Path folder, Limits limits)
            throws IOException {
        Files.createDirectories(folder);
        var fields = new ArrayList<Field>();
        boolean complete = false;
        try {
            if (contentType.regionMatches(true, 0, MULTIPART, 0, MULTIPART.length())) {
                readMultipart(new MultipartReader(contentType, body), fields, folder, limits);
            } else {
                readUrlencoded(body, fields, limits);
            }
            complete = true;
            return new Form(List.copyOf(fields));
        } finally {
            if (!complete) {
                new Form(fields).close();
            }
        }
    }

    private static void readMultipart(
            MultipartReader reader, List<Field> fields, Path folder, Limits limits)
            throws IOException {
        int files = 0;
        for (var head = reader.next(); head != null; head = reader.next()) {
            if (fields.size() == limits.maxFields()) {
                throw malformed("more than " + limits.maxFields() + " fields");
            }
            if (head.fileName() == null) {
                var value = new ByteArrayOutputStream();
                reader.copyContent(value, limits.maxValueBytes(), "the value of " + head.name());
                fields.add(new Value(head.name(), value.toString(StandardCharsets.UTF_8)));
                continue;
            }
            if (++files > limits.maxFiles()) {
                throw malformed("more than " + limits.maxFiles() + " files");
            }
            Path file = Files.createTempFile(folder, "part-", ".bin");
            boolean whole = false;
            try (OutputStream out = Files.newOutputStream(file)) {
                long size = reader.copyContent(out, Long.MAX_VALUE, "a file");
                fields.add(
                        new FilePart(head.name(), head.fileName(), head.contentType(), file, size));
                whole = true;
            } finally {
                if (!whole) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    private static void readUrlencoded(InputStream body, List<Field> fields, Limits limits)
            throws IOException {
        var in = new BufferedInputStream(body, BUFFER_BYTES);
        // An escape is three bytes for one.
        long maxEncoded = 3L * limits.maxValueBytes() + 4096;
        var pair = new ByteArrayOutputStream();
        int next;
        do {
            next = in.read();
            if (next >= 0 && next != '&') {
                pair.write(next);
                if (pair.size() > maxEncoded) {
                    throw new RequestBodyException(
                            RequestBodyException.Reason.TOO_LARGE,
                            "A value of the form is longer than "
                                    + limits.maxValueBytes()
                                    + " bytes.");
                }
            } else if (pair.size() > 0) {
                if (fields.size() == limits.maxFields()) {
                    throw malformed("more than " + limits.maxFields() + " fields");
                }
                fields.add(value(pair.toString(StandardCharsets.ISO_8859_1), limits));
                pair.reset();
            }
        } while (next >= 0);
    }

    private static Value value(String pair, Limits limits) throws RequestBodyException {
        int equals = pair.indexOf('=');
        try {
            String name = decode(equals < 0 ? pair : pair.substring(0, equals));
            String value = equals < 0 ? "" : decode(pair.substring(equals + 1));
            if (value.length() > limits.maxValueBytes()) {
                throw new RequestBodyException(
                        RequestBodyException.Reason.TOO_LARGE,
                        "The value of "
                                + name
                                + " is longer than "
                                + limits.maxValueBytes()
                                + " bytes.");
            }
            return new Value(name, value);
        } catch (IllegalArgumentException e) {
            throw malformed(String.valueOf(e.getMessage()));
        }
    }

    /// Bytes that nobody escaped are UTF-8, whatever they look like as Latin-1.
    private static String decode(String text) {
        String utf8 = text;
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) > 0x7F) {
                utf8 =
                        new String(
                                text.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
                break;
            }
        }
        return URLDecoder.decode(utf8, StandardCharsets.UTF_8);
    }

    static RequestBodyException malformed(String what) {
        return new RequestBodyException(
                RequestBodyException.Reason.MALFORMED,
                "The form in the body is broken: " + what + ".");
    }
}
