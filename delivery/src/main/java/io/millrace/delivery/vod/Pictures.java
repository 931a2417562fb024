package io.millrace.delivery.vod;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.delivery.http.HttpExchange;
import io.millrace.delivery.http.HttpReply;
import io.millrace.delivery.http.PreparedReply;
import io.millrace.delivery.mapping.MediaLibrary;
import io.millrace.delivery.mapping.OpenMedia;
import io.millrace.delivery.media.Track;
import io.millrace.delivery.packaging.MediaRequestName;
import io.millrace.delivery.packaging.MediaSet;
import io.millrace.delivery.packaging.Presentation;
import io.millrace.delivery.packaging.Rendition;
import io.millrace.delivery.packaging.TrackPick;
import io.millrace.delivery.thumbnail.PictureMaker;
import io.millrace.delivery.thumbnail.PictureName;
import io.millrace.delivery.thumbnail.SheetLayout;
import io.millrace.delivery.thumbnail.SheetMapWriter;
import io.millrace.delivery.thumbnail.ThumbnailOptions;
import io.millrace.storage.cache.LoadOnceCache;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;

/// Answers requests of pictures: made once however many ask, kept as ready-to-write replies in a
/// cache bounded by weight. Thread-safe.
///
/// | status | when |
/// |---|---|
/// | 400 | the name is none of the grammar's |
/// | 404 | no such file, no video in it, a time or a sheet past its end |
/// | 422 | the file is damaged, its video cannot be decoded there, or takes more than allowed |
/// | 503 | too many pictures are asked for, or ffmpeg or the storage fails; with Retry-After |
final class Pictures implements AutoCloseable {
    /// Part of every entity tag: to be raised when the same video begins to give other pictures.
    private static final String FORMAT_VERSION = "p1";

    private static final String CACHE_CONTROL = "public, max-age=86400";

    private static final int MAX_CUES = 20_000;

    private record Key(String tag, String path, String fileName) {}

    private sealed interface Rendered {
        record Ready(PreparedReply reply) implements Rendered {}

        record Missing(String reason) implements Rendered {}

        record Undecodable(String reason) implements Rendered {}
    }

    private final PictureMaker maker;
    private final String version;
    private final LoadOnceCache<Key, Rendered> made;

    Pictures(ThumbnailOptions options, MeterRegistry meters) {
        maker = new PictureMaker(options, meters);
        version = FORMAT_VERSION + (options.exact() ? "e" : "");
        made =
                new LoadOnceCache<>(
                        "picture",
                        options.cacheBytes(),
                        (key, rendered) ->
                                key.path().length()
                                        + 512
                                        + (rendered instanceof Rendered.Ready(PreparedReply reply)
                                                ? reply.sizeBytes()
                                                : 0),
                        null,
                        meters);
    }

    /// @param path of the media, without signature and name
    /// @param noMedia what answers when there is no media of that path; null: 404
    void serve(
            HttpExchange exchange,
            MediaLibrary library,
            String path,
            String fileName,
            @Nullable Runnable noMedia) {
        Optional<PictureName> name = PictureName.parse(fileName);
        if (name.isEmpty() && noMedia == null) {
            exchange.reply(
                    Failures.error(400, "The last part of the path is no name of a picture."));
            return;
        }
        library.open(path)
                .whenComplete(
                        (media, failure) -> {
                            if (failure == null && name.isPresent()) {
                                serve(exchange, media, fileName, name.get());
                            } else if (failure == null) {
                                media.release();
                                exchange.reply(
                                        Failures.error(
                                                400,
                                                "The last part of the path is no name of a"
                                                        + " picture."));
                            } else if (noMedia != null && isMissing(failure)) {
                                noMedia.run();
                            } else {
                                Failures.reply(exchange, path, failure);
                            }
                        });
    }

    private static boolean isMissing(Throwable failure) {
        return failure instanceof NoSuchFileException
                || failure instanceof CompletionException
                        && failure.getCause() instanceof NoSuchFileException;
    }

    private void serve(HttpExchange exchange, OpenMedia media, String fileName, PictureName name) {
        String etag = media.tag() + '-' + version;
        if (exchange.hasTag(etag)) {
            media.release();
            exchange.reply(HttpReply.bytes(200, "image/jpeg", new byte[0]).etag(etag));
            return;
        }
        var key = new Key(media.tag(), media.path(), fileName);
        Optional<Rendered> known = made.getIfLoaded(key);
        if (known.isPresent()) {
            media.release();
            send(exchange, known.get());
            return;
        }
        made.get(key, _ -> render(media, name, etag))
                .whenComplete(
                        (rendered, failure) -> {
                            media.release();
                            if (failure != null) {
                                Failures.reply(exchange, media.path(), failure);
                            } else {
                                send(exchange, rendered);
                            }
                        });
    }

    private static void send(HttpExchange exchange, Rendered rendered) {
        switch (rendered) {
            case Rendered.Ready(PreparedReply reply) -> exchange.reply(reply);
            case Rendered.Missing(String reason) ->
                    exchange.reply(
                            Failures.error(404, "There is no such picture: " + reason + "."));
            case Rendered.Undecodable(String reason) ->
                    exchange.reply(
                            Failures.error(422, "This picture cannot be made: " + reason + "."));
        }
    }

    private Rendered render(OpenMedia media, PictureName name, String etag) throws Exception {
        return switch (name) {
            case PictureName.Thumbnail thumbnail -> thumbnail(media, thumbnail, etag);
            case PictureName.Sheet sheet -> sheet(media, sheet, etag);
            case PictureName.SheetMap map -> map(media, map, etag);
        };
    }

    private Rendered thumbnail(OpenMedia media, PictureName.Thumbnail name, String etag)
            throws Exception {
        Presentation presentation = media.presentation();
        Presentation.Clip clip = presentation.clip(name.tracks().clip()).orElse(null);
        if (clip == null) {
            return new Rendered.Missing("no clip " + name.tracks().clip());
        }
        boolean ofClip = name.tracks().clip() > 0;
        long lengthMs = (ofClip ? clip.durationUs() : presentation.durationUs()) / 1000;
        long timeMs = name.fromEnd() ? lengthMs - name.timeMs() : name.timeMs();
        if (timeMs < 0 || timeMs > lengthMs) {
            return new Rendered.Missing(
                    "the video lasts " + lengthMs + " ms, " + name.timeMs() + " is past its end");
        }
        if (!ofClip) {
            clip = clipAt(presentation, timeMs);
            timeMs -= clip.startUs() / 1000;
        }
        TrackPick video =
                video(clip.set(), name.tracks(), name.size().width(), name.size().height());
        if (video == null) {
            return new Rendered.Missing("no such video track");
        }
        return rendered(
                media,
                maker.frame(
                        source(media, clip.set(), video),
                        timeMs,
                        name.exact(),
                        name.size(),
                        name.format(),
                        name.quality()),
                name.format().contentType(),
                etag);
    }

    private Rendered sheet(OpenMedia media, PictureName.Sheet name, String etag) throws Exception {
        Presentation.Clip clip = media.presentation().clip(name.tracks().clip()).orElse(null);
        if (clip == null) {
            return new Rendered.Missing("no clip " + name.tracks().clip());
        }
        SheetLayout layout = name.layout();
        TrackPick video = video(clip.set(), name.tracks(), layout.width(), 0);
        if (video == null) {
            return new Rendered.Missing("no such video track");
        }
        long first = (name.number() - 1L) * layout.cells();
        long cells = layout.cellsOf(clip.durationUs());
        if (first >= cells) {
            return new Rendered.Missing("no sheet " + name.number());
        }
        return rendered(
                media,
                maker.sheet(source(media, clip.set(), video), layout, first, cells - first),
                layout.format().contentType(),
                etag);
    }

    private static Rendered map(OpenMedia media, PictureName.SheetMap name, String etag) {
        Presentation presentation = media.presentation();
        List<Presentation.Clip> clips =
                name.tracks().clip() == 0
                        ? presentation.clips()
                        : presentation.clip(name.tracks().clip()).stream().toList();
        var parts = new ArrayList<SheetMapWriter.Part>(clips.size());
        for (Presentation.Clip clip : clips) {
            TrackPick video = video(clip.set(), name.tracks(), name.layout().width(), 0);
            if (video != null) {
                parts.add(new SheetMapWriter.Part(clip, video.track()));
            }
        }
        if (parts.isEmpty()) {
            return new Rendered.Missing("no such video track");
        }
        if (name.layout().cellsOf(presentation.durationUs()) > MAX_CUES) {
            return new Rendered.Missing(
                    "more than " + MAX_CUES + " cells; ask for longer intervals");
        }
        byte[] body =
                SheetMapWriter.write(name.layout(), parts, name.selection())
                        .getBytes(StandardCharsets.UTF_8);
        return ready(media, body, "text/vtt; charset=utf-8", etag);
    }

    private static Rendered rendered(
            OpenMedia media, PictureMaker.Made picture, String contentType, String etag) {
        return switch (picture) {
            case PictureMaker.Made.Picture(byte[] bytes) -> ready(media, bytes, contentType, etag);
            case PictureMaker.Made.Undecodable(String reason) -> new Rendered.Undecodable(reason);
        };
    }

    private static Rendered ready(OpenMedia media, byte[] body, String contentType, String etag) {
        return new Rendered.Ready(
                PreparedReply.of(
                        HttpReply.bytes(200, contentType, body)
                                .etag(etag)
                                .lastModified(media.lastModified().truncatedTo(ChronoUnit.SECONDS))
                                .ranges()
                                .cacheControl(CACHE_CONTROL)));
    }

    private static Presentation.Clip clipAt(Presentation presentation, long timeMs) {
        Presentation.Clip found = presentation.first();
        for (Presentation.Clip clip : presentation.clips()) {
            if (clip.startUs() <= timeMs * 1000) {
                found = clip;
            }
        }
        return found;
    }

    private static PictureMaker.Source source(OpenMedia media, MediaSet set, TrackPick video) {
        return new PictureMaker.Source(
                media.path(),
                video.track(),
                media.files().get(video.file()).reader(),
                set.sources().get(video.source()).index().fileSizeBytes());
    }

    /// The named track. Without a name the first of the file that is just large enough: all files
    /// of a set show the same, and a small picture of a small video is decoded sooner.
    private static @Nullable TrackPick video(
            MediaSet set, MediaRequestName tracks, int width, int height) {
        if (!tracks.sequences().isEmpty() || !tracks.tracks().isUnsaid()) {
            return set.rendition(tracks).map(Rendition::video).orElse(null);
        }
        TrackPick best = null;
        for (TrackPick pick : set.videos()) {
            if (pick.track().number() == 1
                    && (best == null || isBetter(pick.track(), best.track(), width, height))) {
                best = pick;
            }
        }
        return best != null || set.videos().isEmpty() ? best : set.videos().getFirst();
    }

    private static boolean isBetter(Track track, Track other, int width, int height) {
        boolean enough = isEnough(track, width, height);
        boolean otherEnough = isEnough(other, width, height);
        if (enough != otherEnough) {
            return enough;
        }
        return enough ? pixels(track) < pixels(other) : pixels(track) > pixels(other);
    }

    private static boolean isEnough(Track track, int width, int height) {
        boolean sideways = track.rotation().isSideways();
        int w = sideways ? track.displayHeight() : track.displayWidth();
        int h = sideways ? track.displayWidth() : track.displayHeight();
        return width + height > 0 && w >= width && h >= height;
    }

    private static long pixels(Track track) {
        return (long) track.displayWidth() * track.displayHeight();
    }

    @Override
    public void close() {
        maker.close();
        made.close();
    }
}
