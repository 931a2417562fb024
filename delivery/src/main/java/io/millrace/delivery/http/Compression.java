package io.millrace.delivery.http;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/// gzip for text.
final class Compression {
    /// Below it the head is most of the reply.
    static final int MIN_BYTES = 512;

    /// More is compressed off the event loop.
    static final int MAX_BYTES_ON_LOOP = 16 << 10;

    private static final class Gzip extends GZIPOutputStream {
        Gzip(ByteArrayOutputStream out, int level) throws IOException {
            super(out, 4096);
            def.setLevel(level);
        }
    }

    private Compression() {}

    static boolean isCompressible(@Nullable String contentType) {
        if (contentType == null) {
            return false;
        }
        int semicolon = contentType.indexOf(';');
        String type =
                (semicolon < 0 ? contentType : contentType.substring(0, semicolon))
                        .trim()
                        .toLowerCase(Locale.ROOT);
        return type.startsWith("text/")
                || type.endsWith("+json")
                || type.endsWith("+xml")
                || switch (type) {
                    case "application/json",
                            "application/xml",
                            "application/javascript",
                            "application/vnd.apple.mpegurl",
                            "application/x-mpegurl" ->
                            true;
                    default -> false;
                };
    }

    /// Whether `Accept-Encoding` takes gzip, RFC 9110 §12.5.3.
    static boolean accepts(@Nullable String acceptEncoding) {
        if (acceptEncoding == null) {
            return false;
        }
        boolean any = false;
        for (String item : acceptEncoding.split(",")) {
            int semicolon = item.indexOf(';');
            String coding = (semicolon < 0 ? item : item.substring(0, semicolon)).trim();
            boolean wanted = semicolon < 0 || !isZero(item.substring(semicolon + 1));
            if (coding.equalsIgnoreCase("gzip") || coding.equalsIgnoreCase("x-gzip")) {
                return wanted;
            }
            if (coding.equals("*")) {
                any = wanted;
            }
        }
        return any;
    }

    private static boolean isZero(String parameter) {
        String p = parameter.trim().toLowerCase(Locale.ROOT);
        if (!p.startsWith("q=")) {
            return false;
        }
        try {
            return Double.parseDouble(p.substring(2).trim()) <= 0;
        } catch (NumberFormatException _) {
            return true;
        }
    }

    /// @param level 1 for one reply, more for what is kept
    static byte[] gzip(byte[] bytes, int level) {
        var out = new ByteArrayOutputStream(bytes.length / 3 + 64);
        try (var gzip = new Gzip(out, level)) {
            gzip.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    static final int FAST = Deflater.BEST_SPEED;
    static final int KEPT = 6;
}
