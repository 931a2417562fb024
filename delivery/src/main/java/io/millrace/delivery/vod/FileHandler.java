package io.millrace.delivery.vod;

import io.millrace.delivery.drm.Encryption;
import io.millrace.delivery.http.HttpBody;
import io.millrace.delivery.http.HttpExchange;
import io.millrace.delivery.http.HttpHandler;
import io.millrace.delivery.http.HttpProblem;
import io.millrace.delivery.http.HttpReply;
import io.millrace.delivery.mapping.MediaLibrary;
import io.millrace.delivery.mapping.SharedBlob;
import io.millrace.delivery.mapping.SignedPaths;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Predicate;

/// Stored files as they are, by byte range: progressive playback, downloads, captions, thumbnails.
/// `?download=name` makes it a download under that name.
final class FileHandler implements HttpHandler {
    private static final int MAX_NAME = 200;
    private static final String CACHE_CONTROL = "public, max-age=86400";

    private final SignedPaths paths;
    private final MediaLibrary library;
    private final Predicate<String> served;
    private final Encryption encryption;

    /// @param served by their names' extensions, lower case
    /// @param encryption whose files are not given away in the clear
    FileHandler(
            SignedPaths paths,
            MediaLibrary library,
            Predicate<String> served,
            Encryption encryption) {
        this.encryption = encryption;
        this.paths = paths;
        this.library = library;
        this.served = served;
    }

    @Override
    public void handle(HttpExchange exchange) throws HttpProblem {
        if (!Failures.isRead(exchange)) {
            exchange.reply(Failures.methodNotAllowed());
            return;
        }
        switch (paths.check(exchange.pathBelowRoute(), exchange.remoteAddress().getAddress())) {
            case SignedPaths.Access.Refused(String reason) ->
                    exchange.reply(Failures.error(403, reason));
            case SignedPaths.Access.Granted(String path) ->
                    serve(exchange, path, exchange.query().get("download"));
        }
    }

    /// @param path without signature
    /// @param download the file name to save it under; null: to be shown
    void serve(HttpExchange exchange, String path, @Nullable String download) {
        if (!served.test(ContentTypes.extension(path))) {
            exchange.reply(Failures.error(404, "There is no such file."));
            return;
        }
        library.openFile(path)
                .whenComplete(
                        (blob, failure) -> {
                            if (failure != null) {
                                Failures.reply(exchange, path, failure);
                            } else if (isProtected(blob.info().key())) {
                                blob.release();
                                exchange.reply(
                                        Failures.error(
                                                403,
                                                "This file is sent encrypted only, as HLS or"
                                                        + " DASH."));
                            } else {
                                exchange.reply(reply(blob, path, download));
                            }
                        });
    }

    /// Pictures and texts of encrypted media are no secret.
    private boolean isProtected(String key) {
        return !ContentTypes.of(key).startsWith("text/")
                && !ContentTypes.isImage(ContentTypes.extension(key))
                && !ContentTypes.extension(key).equals("srt")
                && encryption.schemeOf(key) != null;
    }

    private static HttpReply reply(SharedBlob blob, String path, @Nullable String download) {
        String type = ContentTypes.of(path);
        HttpReply reply =
                HttpReply.parts(
                                200,
                                type,
                                List.of(
                                        new HttpBody.BlobPart(
                                                blob.reader(), 0, blob.info().sizeBytes())),
                                blob::release)
                        .etag(blob.tag())
                        .lastModified(blob.info().lastModified())
                        .ranges()
                        .cacheControl(CACHE_CONTROL)
                        .header("X-Content-Type-Options", "nosniff");
        if (download != null) {
            reply.header("Content-Disposition", disposition(download));
        } else if (type.equals(ContentTypes.OTHER)) {
            reply.header("Content-Disposition", "attachment");
        }
        return reply;
    }

    /// `attachment` with a name for old clients and one in UTF-8, RFC 6266.
    static String disposition(String wanted) {
        String name = wanted.length() > MAX_NAME ? wanted.substring(0, MAX_NAME) : wanted;
        var plain = new StringBuilder();
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            plain.append(c < ' ' || c > '~' || "\"\\/%;".indexOf(c) >= 0 ? '_' : c);
        }
        var encoded = new StringBuilder();
        for (byte b : name.replace('/', '_').replace('\\', '_').getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xFF);
            boolean literal =
                    (c >= 'a' && c <= 'z')
                            || (c >= 'A' && c <= 'Z')
                            || (c >= '0' && c <= '9')
                            || "-._~".indexOf(c) >= 0;
            if (literal) {
                encoded.append(c);
            } else {
                encoded.append('%')
                        .append(Character.toUpperCase(Character.forDigit(c >> 4, 16)))
                        .append(Character.toUpperCase(Character.forDigit(c & 15, 16)));
            }
        }
        return "attachment; filename=\"" + plain + "\"; filename*=UTF-8''" + encoded;
    }
}
