package io.millrace.delivery.vod;

import io.millrace.delivery.http.HttpExchange;
import io.millrace.delivery.http.HttpHandler;
import io.millrace.delivery.http.HttpProblem;
import io.millrace.delivery.mapping.MediaLibrary;
import io.millrace.delivery.mapping.MediaPathException;
import io.millrace.delivery.mapping.SignedPaths;
import io.millrace.delivery.thumbnail.PictureName;

/// `[s/{token}/]{media}/{name of a picture}`: made of the video ({@link Pictures}). Anything else,
/// and such a name where there is no media, is a stored picture.
final class ThumbnailHandler implements HttpHandler {
    private final SignedPaths paths;
    private final MediaLibrary library;
    private final Pictures pictures;
    private final FileHandler files;

    ThumbnailHandler(
            SignedPaths paths, MediaLibrary library, Pictures pictures, FileHandler files) {
        this.paths = paths;
        this.library = library;
        this.pictures = pictures;
        this.files = files;
    }

    @Override
    public void handle(HttpExchange exchange) throws HttpProblem {
        if (!Failures.isRead(exchange)) {
            exchange.reply(Failures.methodNotAllowed());
            return;
        }
        String below = exchange.pathBelowRoute();
        String fileName = below.substring(below.lastIndexOf('/') + 1);
        if (!PictureName.isLike(fileName)) {
            files.handle(exchange);
            return;
        }
        try {
            switch (paths.check(
                    below,
                    exchange.remoteAddress().getAddress(),
                    path -> library.namesOf(folder(path)))) {
                case SignedPaths.Access.Refused(String reason) ->
                        exchange.reply(Failures.error(403, reason));
                case SignedPaths.Access.Granted(String path) -> serve(exchange, path, fileName);
            }
        } catch (MediaPathException e) {
            Failures.reply(exchange, below, e);
        }
    }

    /// What is before the last part of a path.
    private static String folder(String path) {
        return path.substring(0, Math.max(0, path.lastIndexOf('/')));
    }

    private void serve(HttpExchange exchange, String path, String fileName) throws HttpProblem {
        String folder = folder(path);
        String download = exchange.query().get("download");
        if (folder.isEmpty()) {
            files.serve(exchange, path, download);
            return;
        }
        pictures.serve(
                exchange, library, folder, fileName, () -> files.serve(exchange, path, download));
    }
}
