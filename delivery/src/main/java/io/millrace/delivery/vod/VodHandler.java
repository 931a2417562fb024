package io.millrace.delivery.vod;

import io.millrace.delivery.http.HttpExchange;
import io.millrace.delivery.http.HttpHandler;
import io.millrace.delivery.http.HttpReply;
import io.millrace.delivery.mapping.MediaLibrary;
import io.millrace.delivery.mapping.MediaPathException;
import io.millrace.delivery.mapping.SignedPaths;
import io.millrace.delivery.packaging.MediaRequestName;
import io.millrace.delivery.packaging.SegmentFormat;
import io.millrace.delivery.thumbnail.PictureName;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;

/// One flavour of just-in-time packaging: `[s/{token}/]{media}/{name}`.
///
/// | status | when |
/// |---|---|
/// | 400 | the name is none of the grammar's, names two tracks of a kind, or the clip is turned round |
/// | 403 | no signature, a wrong one, an expired one |
/// | 404 | no such file, track or segment (what no playlist lists); a clip past the end |
/// | 405 | neither GET nor HEAD (POST for a ClearKey licence) |
/// | 422 | the file is damaged or of a kind we do not package |
/// | 502 | the key of encrypted media is not known, or its service's answer makes no sense |
/// | 503 | storage fails, the key service cannot be reached, or too many segments are being taken; with Retry-After |
final class VodHandler implements HttpHandler {
    private final SignedPaths paths;
    private final MediaLibrary library;
    private final PackagedMedia media;
    private final Pictures pictures;
    private final SegmentFormat format;

    VodHandler(
            SignedPaths paths,
            MediaLibrary library,
            PackagedMedia media,
            Pictures pictures,
            SegmentFormat format) {
        this.paths = paths;
        this.library = library;
        this.media = media;
        this.pictures = pictures;
        this.format = format;
    }

    @Override
    public void handle(HttpExchange exchange) {
        if (ClearKeyLicences.isRequest(exchange)) {
            exchange.blocking(this::licence);
            return;
        }
        if (!Failures.isRead(exchange)) {
            exchange.reply(Failures.methodNotAllowed());
            return;
        }
        String below = exchange.pathBelowRoute();
        try {
            switch (check(exchange)) {
                case SignedPaths.Access.Refused(String reason) ->
                        exchange.reply(Failures.error(403, reason));
                case SignedPaths.Access.Granted(String path) -> serve(exchange, path);
            }
        } catch (MediaPathException e) {
            Failures.reply(exchange, below, e);
        }
    }

    private SignedPaths.Access check(HttpExchange exchange) throws MediaPathException {
        return paths.check(
                exchange.pathBelowRoute(),
                exchange.remoteAddress().getAddress(),
                path -> library.namesOf(folder(path)));
    }

    private HttpReply licence(HttpExchange exchange) throws Exception {
        String below = exchange.pathBelowRoute();
        try {
            return switch (check(exchange)) {
                case SignedPaths.Access.Refused(String reason) -> Failures.error(403, reason);
                case SignedPaths.Access.Granted(String path) -> {
                    Optional<List<String>> ids = ClearKeyLicences.readRequest(exchange);
                    yield ids.isEmpty()
                            ? Failures.error(400, "This is no ClearKey licence request.")
                            : ClearKeyLicences.reply(
                                    media.protectionOf(library, folder(path)), ids.get());
                }
            };
        } catch (MediaPathException | CompletionException e) {
            HttpReply failure = Failures.of(exchange, below, e);
            if (failure == null) {
                throw e;
            }
            return failure;
        }
    }

    /// What is before the last part of a path.
    private static String folder(String path) {
        return path.substring(0, Math.max(0, path.lastIndexOf('/')));
    }

    private void serve(HttpExchange exchange, String path) {
        String folder = folder(path);
        String fileName = path.substring(path.lastIndexOf('/') + 1);
        if (!folder.isEmpty() && PictureName.isLike(fileName)) {
            // Manifests name their pictures beside them.
            pictures.serve(exchange, library, folder, fileName, null);
            return;
        }
        Optional<MediaRequestName> name = MediaRequestName.parse(fileName);
        if (folder.isEmpty() || name.isEmpty()) {
            exchange.reply(
                    Failures.error(
                            400,
                            "The last part of the path is no playlist, manifest or segment name."));
            return;
        }
        if (takesOneTrackOfAKind(name.get()) && name.get().namesTwoOfAKind()) {
            exchange.reply(
                    Failures.error(
                            400,
                            "A playlist or segment holds one video and one audio track at most."));
            return;
        }
        media.serve(exchange, library, folder, fileName, name.get(), format);
    }

    private static boolean takesOneTrackOfAKind(MediaRequestName name) {
        return name.kind() != MediaRequestName.Kind.HLS_MULTIVARIANT
                && name.kind() != MediaRequestName.Kind.DASH_MPD;
    }
}
