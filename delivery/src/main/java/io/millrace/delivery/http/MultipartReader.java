package io.millrace.delivery.http;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// Reads a `multipart/form-data` body, RFC 7578, part by part from a blocking stream, in one fixed
/// buffer.
///
///     preamble  (CRLF "--" boundary CRLF headers CRLF content)*  CRLF "--" boundary "--"
///
/// Own code because Netty's decoder turns the `:` in names into blanks (Kaltura's nested keys) and
/// miscounts contents that arrive byte by byte. Lenient where clients differ: an extra CRLF before
/// the first boundary, parts without a content type, names in raw UTF-8. One thread.
final class MultipartReader {
    private static final int BUFFER_BYTES = 64 << 10;
    private static final int MAX_HEADER_BYTES = 16 << 10;
    private static final int MAX_BOUNDARY = 200;

    /// The head of one part.
    ///
    /// @param fileName null when the part is a value
    record PartHead(String name, @Nullable String fileName, String contentType) {}

    private final InputStream in;
    private final byte[] delimiter;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int start;
    private int end;
    private boolean started;

    /// @param contentType with its boundary
    /// @throws RequestBodyException when there is no boundary
    MultipartReader(String contentType, InputStream in) throws RequestBodyException {
        this.in = in;
        String boundary = parameter(contentType, "boundary");
        if (boundary == null || boundary.isEmpty() || boundary.length() > MAX_BOUNDARY) {
            throw FormReader.malformed("the content type names no boundary");
        }
        delimiter = ("\r\n--" + boundary).getBytes(StandardCharsets.UTF_8);
        // The first boundary needs no CRLF before it: give it one.
        buffer[end++] = '\r';
        buffer[end++] = '\n';
    }

    /// Goes to the next part; null at the end of the form. The content before must have been read.
    @Nullable PartHead next() throws IOException {
        if (!started) {
            started = true;
            copyContent(OutputStream.nullOutputStream(), BUFFER_BYTES, "what precedes the form");
        }
        require(2);
        if (buffer[start] == '-' && buffer[start + 1] == '-') {
            return null;
        }
        String rest = line(MAX_HEADER_BYTES);
        if (!rest.isBlank()) {
            throw FormReader.malformed("a boundary is followed by text");
        }
        return head();
    }

    private PartHead head() throws IOException {
        String disposition = null;
        String contentType = "";
        int bytes = 0;
        for (String line = line(MAX_HEADER_BYTES);
                !line.isEmpty();
                line = line(MAX_HEADER_BYTES - bytes)) {
            bytes += line.length() + 2;
            int colon = line.indexOf(':');
            String name = colon < 0 ? "" : line.substring(0, colon).trim().toLowerCase(Locale.ROOT);
            String value = line.substring(colon + 1).trim();
            switch (name) {
                case "content-disposition" -> disposition = value;
                case "content-type" -> contentType = value;
                case "content-transfer-encoding" -> {
                    if (value.equalsIgnoreCase("base64")
                            || value.equalsIgnoreCase("quoted-printable")) {
                        throw FormReader.malformed("transfer encoding " + value + " is not taken");
                    }
                }
                default -> {}
            }
        }
        String name = disposition == null ? null : parameter(disposition, "name");
        if (disposition == null || name == null) {
            throw FormReader.malformed("a part has no name");
        }
        String fileName = extended(parameter(disposition, "filename*"));
        return new PartHead(
                name,
                fileName == null ? parameter(disposition, "filename") : fileName,
                contentType);
    }

    /// Copies the part's content up to the next boundary and steps over that.
    ///
    /// @param what is in it, for the message when it is longer than `maxBytes`
    /// @return its length
    long copyContent(OutputStream target, long maxBytes, String what) throws IOException {
        long total = 0;
        while (true) {
            int at = find();
            int safe = at >= 0 ? at : Math.max(start, end - delimiter.length + 1);
            total += safe - start;
            if (total > maxBytes) {
                throw new RequestBodyException(
                        RequestBodyException.Reason.TOO_LARGE,
                        "In the form, " + what + " is longer than " + maxBytes + " bytes.");
            }
            target.write(buffer, start, safe - start);
            start = safe;
            if (at >= 0) {
                start += delimiter.length;
                return total;
            }
            fill();
        }
    }

    private int find() {
        int last = end - delimiter.length;
        for (int i = start; i <= last; i++) {
            if (buffer[i] == '\r' && matches(i)) {
                return i;
            }
        }
        return -1;
    }

    private boolean matches(int at) {
        for (int i = 1; i < delimiter.length; i++) {
            if (buffer[at + i] != delimiter[i]) {
                return false;
            }
        }
        return true;
    }

    /// A line without its end.
    private String line(int maxBytes) throws IOException {
        int scanned = 0;
        while (true) {
            for (int i = start + scanned; i < end; i++) {
                if (buffer[i] == '\n') {
                    int lineEnd = i > start && buffer[i - 1] == '\r' ? i - 1 : i;
                    String line =
                            new String(buffer, start, lineEnd - start, StandardCharsets.UTF_8);
                    start = i + 1;
                    return line;
                }
            }
            scanned = end - start;
            if (scanned > maxBytes) {
                throw FormReader.malformed("a part's header is too long");
            }
            fill();
        }
    }

    private void require(int bytes) throws IOException {
        while (end - start < bytes) {
            fill();
        }
    }

    /// Reads more, making room before.
    private void fill() throws IOException {
        if (start > 0) {
            System.arraycopy(buffer, start, buffer, 0, end - start);
            end -= start;
            start = 0;
        }
        int count = in.read(buffer, end, buffer.length - end);
        if (count < 0) {
            throw FormReader.malformed("it ends before its closing boundary");
        }
        end += count;
    }

    /// A parameter of a header value: `; name="value"` or `; name=value`. In quotes a backslash
    /// escapes a quote or itself; elsewhere it stands for itself, as in a Windows path.
    private static @Nullable String parameter(String header, String wanted) {
        int at = header.indexOf(';');
        while (at >= 0 && at < header.length()) {
            int equals = header.indexOf('=', at + 1);
            if (equals < 0) {
                return null;
            }
            String name = header.substring(at + 1, equals).trim();
            int i = equals + 1;
            var value = new StringBuilder();
            if (i < header.length() && header.charAt(i) == '"') {
                for (i++; i < header.length() && header.charAt(i) != '"'; i++) {
                    if (header.charAt(i) == '\\'
                            && i + 1 < header.length()
                            && "\"\\".indexOf(header.charAt(i + 1)) >= 0) {
                        i++;
                    }
                    value.append(header.charAt(i));
                }
                at = header.indexOf(';', i);
            } else {
                at = header.indexOf(';', i);
                value.append(header.substring(i, at < 0 ? header.length() : at).trim());
            }
            if (name.equalsIgnoreCase(wanted)) {
                return value.toString();
            }
        }
        return null;
    }

    /// `UTF-8''percent%20encoded`, RFC 8187.
    private static @Nullable String extended(@Nullable String value) {
        if (value == null || !value.regionMatches(true, 0, "UTF-8'", 0, 6)) {
            return null;
        }
        try {
            return URLDecoder.decode(
                    value.substring(value.indexOf('\'', 6) + 1).replace("+", "%2B"),
                    StandardCharsets.UTF_8);
        } catch (IllegalArgumentException _) {
            return null;
        }
    }
}
