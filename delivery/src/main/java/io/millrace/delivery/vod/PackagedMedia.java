package io.millrace.delivery.vod;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.delivery.drm.Encryption;
import io.millrace.delivery.drm.Protection;
import io.millrace.delivery.failure.MediaException;
import io.millrace.delivery.http.HttpBody;
import io.millrace.delivery.http.HttpExchange;
import io.millrace.delivery.http.HttpReply;
import io.millrace.delivery.http.PreparedReply;
import io.millrace.delivery.mapping.MediaLibrary;
import io.millrace.delivery.mapping.OpenMedia;
import io.millrace.delivery.packaging.GatheredSegment;
import io.millrace.delivery.packaging.MediaRequestName;
import io.millrace.delivery.packaging.MediaSegment;
import io.millrace.delivery.packaging.SegmentBody;
import io.millrace.delivery.packaging.SegmentFormat;
import io.millrace.delivery.packaging.SingleFile;
import io.millrace.storage.cache.LoadOnceCache;
import io.netty.buffer.ByteBufAllocator;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/// Answers packaging requests: documents out of a cache of ready-to-write replies, fMP4 segments as
/// ranges of the source files, MPEG-TS segments built on virtual threads. Thread-safe.
final class PackagedMedia implements AutoCloseable {
    /// Part of every entity tag: to be raised when the same files begin to give other bytes.
    private static final String FORMAT_VERSION = "3";

    /// What a document is rendered from.
    private record DocumentKey(
            String tag, String path, String fileName, SegmentFormat format, Freshness freshness) {}

    /// A rendered document, or that there is none.
    private sealed interface Rendered {
        record Ready(PreparedReply reply) implements Rendered {}

        record Missing(String reason) implements Rendered {}
    }

    private final SegmentBuilder builder;
    private final PreparedSegments prepared = new PreparedSegments();
    private final LoadOnceCache<DocumentKey, Rendered> documents;

    private final Encryption encryption;
    private final InstantSource clock;

    /// @param encryption closed by its owner
    PackagedMedia(
            DeliveryOptions options,
            Encryption encryption,
            InstantSource clock,
            MeterRegistry meters) {
        this.clock = clock;
        this.encryption = encryption;
        this.builder =
                new SegmentBuilder(
                        options.workers(),
                        options.segmentMemoryBytes(),
                        new HotSegments(options.segmentCacheBytes(), meters),
                        meters);
        this.documents =
                new LoadOnceCache<>(
                        "vod-document",
                        options.documentCacheBytes(),
                        (key, rendered) ->
                                key.path().length()
                                        + switch (rendered) {
                                            case Rendered.Ready(PreparedReply reply) ->
                                                    reply.sizeBytes() + 512;
                                            case Rendered.Missing _ -> 512;
                                        },
                        null,
                        meters);
    }

    /// @param path of the media, without signature and name
    void serve(
            HttpExchange exchange,
            MediaLibrary library,
            String path,
            String fileName,
            MediaRequestName name,
            SegmentFormat format) {
        library.open(path)
                .thenCompose(this::protect)
                .whenComplete(
                        (media, failure) -> {
                            if (failure != null) {
                                Failures.reply(exchange, path, failure);
                            } else if (name.kind() == MediaRequestName.Kind.HLS_KEY) {
                                key(exchange, media, name, format);
                            } else if (isSegment(name)) {
                                segment(exchange, media, fileName, name, format);
                            } else {
                                document(exchange, media, fileName, name, format);
                            }
                        });
    }

    /// The media as it is to be sent: encrypted where one of its files is to be. Takes the share of
    /// `media` over.
    private CompletableFuture<OpenMedia> protect(OpenMedia media) {
        List<String> names = media.files().stream().map(file -> file.info().key()).toList();
        return encryption
                .protectionOf(names, media.tag())
                .handle(
                        (protection, failure) -> {
                            if (failure != null) {
                                media.release();
                                return CompletableFuture.<OpenMedia>failedFuture(failure);
                            }
                            return CompletableFuture.completedFuture(
                                    protection.map(media::protectedBy).orElse(media));
                        })
                .thenCompose(ready -> ready);
    }

    /// How media is protected; blocks.
    ///
    /// @return null when it is in the clear
    /// @throws CompletionException as {@link MediaLibrary#open} and the key provider fail
    @Nullable Protection protectionOf(MediaLibrary library, String path) {
        OpenMedia media = library.open(path).thenCompose(this::protect).join();
        try {
            return media.presentation().protection();
        } finally {
            media.release();
        }
    }

    /// Answers with a key, which no cache may keep: not ours, not a proxy's.
    private static void key(
            HttpExchange exchange, OpenMedia media, MediaRequestName name, SegmentFormat format) {
        try {
            switch (VodPackager.answer(media.presentation(), name, format)) {
                case Packaged.Key(byte[] bytes) ->
                        exchange.reply(
                                HttpReply.bytes(200, "application/octet-stream", bytes)
                                        .cacheControl("private, no-store"));
                case Packaged.NotFound(String reason) -> notFound(exchange, reason);
                case Packaged.Document _, Packaged.Segment _ ->
                        exchange.fail(new IllegalStateException("name: a key gave media"));
            }
        } catch (MediaException | RuntimeException e) {
            Failures.reply(exchange, media.path(), e);
        } finally {
            media.release();
        }
    }

    private static boolean isSegment(MediaRequestName name) {
        return switch (name.kind()) {
            case TS_SEGMENT, HLS_FMP4_SEGMENT, DASH_SEGMENT, KEY_FRAME, SINGLE_FILE -> true;
            case HLS_MULTIVARIANT,
                    HLS_MEDIA,
                    HLS_IFRAMES,
                    HLS_RANGE_MULTIVARIANT,
                    HLS_RANGE_MEDIA,
                    VTT_SEGMENT,
                    HLS_KEY,
                    FMP4_INIT,
                    DASH_NUMBER_MPD,
                    DASH_STPP_MPD,
                    DASH_MPD,
                    DASH_ONDEMAND_MPD,
                    DASH_TTML,
                    DASH_VTT ->
                    false;
        };
    }

    private static String etag(OpenMedia media) {
        return media.tag() + '-' + FORMAT_VERSION;
    }

    private void document(
            HttpExchange exchange,
            OpenMedia media,
            String fileName,
            MediaRequestName name,
            SegmentFormat format) {
        if (isRefused(exchange, media, name)) {
            return;
        }
        var key =
                new DocumentKey(
                        media.tag(),
                        media.path(),
                        fileName,
                        format,
                        Freshness.of(media, clock.instant()));
        Optional<Rendered> known = documents.getIfLoaded(key);
        if (known.isPresent()) {
            media.release();
            send(exchange, known.get());
            return;
        }
        documents
                .get(key, _ -> render(media, name, format, key.freshness()))
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

    /// Answers requests of single files of media whose sound is made when it is asked for: a file
    /// would have it made from the beginning to the end. Then the media is released.
    private static boolean isRefused(
            HttpExchange exchange, OpenMedia media, MediaRequestName name) {
        boolean single =
                switch (name.kind()) {
                    case SINGLE_FILE, HLS_RANGE_MULTIVARIANT, HLS_RANGE_MEDIA, DASH_ONDEMAND_MPD ->
                            true;
                    default -> false;
                };
        if (!single || !media.makesSound()) {
            return false;
        }
        media.release();
        notFound(exchange, "media at another rate of play comes in segments, not in one file");
        return true;
    }

    private static Rendered render(
            OpenMedia media, MediaRequestName name, SegmentFormat format, Freshness freshness)
            throws MediaException {
        return switch (VodPackager.answer(media.presentation(), name, format)) {
            case Packaged.Document(byte[] body, String contentType, boolean isText) ->
                    new Rendered.Ready(
                            PreparedReply.of(
                                    HttpReply.bytes(200, contentType, body)
                                            .etag(etag(media))
                                            .lastModified(
                                                    media.lastModified()
                                                            .truncatedTo(ChronoUnit.SECONDS))
                                            .ranges()
                                            .cacheControl(
                                                    isText
                                                            ? freshness.ofDocuments()
                                                            : freshness.ofSegments())));
            case Packaged.NotFound(String reason) -> new Rendered.Missing(reason);
            case Packaged.Segment _, Packaged.Key _ ->
                    throw new IllegalStateException("name: " + name.kind() + " gave a segment");
        };
    }

    private static void send(HttpExchange exchange, Rendered rendered) {
        switch (rendered) {
            case Rendered.Ready(PreparedReply reply) -> exchange.reply(reply);
            case Rendered.Missing(String reason) -> notFound(exchange, reason);
        }
    }

    private static void notFound(HttpExchange exchange, String reason) {
        exchange.reply(Failures.error(404, "There is no such thing: " + reason + "."));
    }

    private void segment(
            HttpExchange exchange,
            OpenMedia media,
            String fileName,
            MediaRequestName name,
            SegmentFormat format) {
        if (name.kind() == MediaRequestName.Kind.SINGLE_FILE && isRefused(exchange, media, name)) {
            return;
        }
        var key = new SegmentBuilder.Key(media.tag(), media.path(), fileName);
        Packaged.Segment known = prepared.get(key);
        if (known != null) {
            segment(exchange, media, key, known.segment(), known.contentType());
            return;
        }
        Packaged packaged;
        try {
            packaged = VodPackager.answer(media.presentation(), name, format);
        } catch (MediaException | RuntimeException e) {
            media.release();
            Failures.reply(exchange, media.path(), e);
            return;
        }
        switch (packaged) {
            case Packaged.NotFound(String reason) -> {
                media.release();
                notFound(exchange, reason);
            }
            case Packaged.Segment found -> {
                if (found.segment().estimatedBytes() > 0) {
                    prepared.put(key, found);
                }
                segment(exchange, media, key, found.segment(), found.contentType());
            }
            case Packaged.Document _, Packaged.Key _ -> {
                media.release();
                exchange.fail(
                        new IllegalStateException("name: " + name.kind() + " gave a document"));
            }
        }
    }

    private void segment(
            HttpExchange exchange,
            OpenMedia media,
            SegmentBuilder.Key key,
            MediaSegment segment,
            String type) {
        if (segment.isSizeExact() && exchange.method().equals("HEAD")
                || exchange.hasTag(etag(media))) {
            // The head needs the size alone.
            media.release();
            exchange.reply(
                    head(
                            media,
                            type,
                            new HttpBody.Parts(List.of(), segment.sizeBytes(), () -> {})));
            return;
        }
        if (segment instanceof SingleFile file) {
            var reader =
                    new SingleFileReader(
                            file,
                            media.readers(),
                            media.path() + '/' + key.fileName(),
                            media.tag());
            var whole = new HttpBody.BlobPart(reader, 0, file.sizeBytes());
            exchange.reply(
                    head(
                            media,
                            type,
                            new HttpBody.Parts(List.of(whole), file.sizeBytes(), media::release)));
            return;
        }
        if (media.makesSound() && namesMade(segment, media)) {
            MediaSegment whole = segment.readsSources() ? segment : new GatheredSegment(segment);
            media.prepare(segment.sourceRanges())
                    .whenComplete(
                            (_, failure) -> {
                                if (failure == null) {
                                    build(exchange, media, key, whole, type);
                                } else {
                                    media.release();
                                    Failures.reply(exchange, media.path(), failure);
                                }
                            });
            return;
        }
        if (!segment.readsSources()) {
            try {
                SegmentBody body = segment.write(ByteBufAllocator.DEFAULT, media.readers());
                exchange.reply(head(media, type, parts(body, media)));
            } catch (IOException | MediaException | RuntimeException e) {
                media.release();
                Failures.reply(exchange, media.path(), e);
            }
            return;
        }
        build(exchange, media, key, segment, type);
    }

    private static boolean namesMade(MediaSegment segment, OpenMedia media) {
        for (SegmentBody.FileRange range : segment.sourceRanges()) {
            if (range.source() == media.files().size() - 1) {
                return true;
            }
        }
        return false;
    }

    private void build(
            HttpExchange exchange,
            OpenMedia media,
            SegmentBuilder.Key key,
            MediaSegment segment,
            String type) {
        boolean inPieces = exchange.header("Range") == null && !media.makesSound();
        builder.build(key, segment, media, inPieces)
                .whenComplete(
                        (built, failure) -> {
                            if (failure != null) {
                                Failures.reply(exchange, media.path(), failure);
                            } else {
                                exchange.reply(head(media, type, built));
                            }
                        });
    }

    private HttpReply head(OpenMedia media, String type, HttpBody body) {
        return HttpReply.of(200, type, body)
                .etag(etag(media))
                .lastModified(media.lastModified())
                .ranges()
                .cacheControl(Freshness.of(media, clock.instant()).ofSegments());
    }

    /// A segment's body as a reply's; the media stays open until it is sent.
    private static HttpBody parts(SegmentBody body, OpenMedia media) {
        var parts = new ArrayList<HttpBody.Part>(body.parts().size());
        for (SegmentBody.Part part : body.parts()) {
            parts.add(
                    switch (part) {
                        case SegmentBody.Made(var bytes) -> new HttpBody.BufferPart(bytes);
                        case SegmentBody.FileRange(int source, long offset, long length) ->
                                new HttpBody.BlobPart(
                                        media.files().get(source).reader(), offset, length);
                    });
        }
        return new HttpBody.Parts(parts, body.sizeBytes(), media::release);
    }

    @Override
    public void close() {
        documents.close();
        builder.close();
    }
}
