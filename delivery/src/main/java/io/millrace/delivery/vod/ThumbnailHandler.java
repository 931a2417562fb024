package io.millrace.delivery.vod;

import io.millrace.delivery.http.HttpExchange;
import io.millrace.delivery.http.HttpHandler;
import io.millrace.delivery.http.HttpProblem;
import io.millrace.delivery.mapping.MediaLibrary;
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
        switch (paths.check(exchange.pathBelowRoute())) {
            case SignedPaths.Access.Refused(String reason) ->
                    exchange.reply(Failures.error(403, reason));
            case SignedPaths.Access.Granted(String path) -> serve(exchange, path);
        }
    }

    private void serve(HttpExchange exchange, String path) throws HttpProblem {
        int slash = path.lastIndexOf('/');
        String fileName = path.substring(slash + 1);
        if (slash <= 0 || !PictureName.isLike(fileName)) {
            files.serve(exchange, path);
            return;
        }
        String download = exchange.query().get("download");
        pictures.serve(
                exchange,
                library,
                path.substring(0, slash),
                fileName,
                () -> files.serve(exchange, path, download));
    }
}
