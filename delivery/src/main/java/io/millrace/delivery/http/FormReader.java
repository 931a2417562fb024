package io.millrace.delivery.http;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Reads `application/x-www-form-urlencoded` and `multipart/form-data` bodies on a virtual thread;
/// file parts go straight into files of a folder.
public final class FormReader {
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
        throw new UnsupportedOperationException();
    }
}
