package io.millrace.liveingest.live;

import io.millrace.delivery.codec.VideoConfig;
import io.millrace.delivery.decode.DecoderFailedException;
import io.millrace.delivery.decode.DecodersBusyException;
import io.millrace.delivery.failure.MediaException;
import io.millrace.delivery.http.HttpExchange;
import io.millrace.delivery.http.HttpReply;
import io.millrace.delivery.thumbnail.PictureMaker;
import io.millrace.delivery.thumbnail.PictureSize;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;

/// A picture of each stream's last seconds, made from its newest key frame when somebody asks and
/// the last one is older than the interval. One is made at a time for a stream; who asks meanwhile
/// gets the last one, or waits for the first. Thread-safe.
public final class LiveThumbnails implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LiveThumbnails.class);
    private static final PictureSize SIZE = new PictureSize(640, 0, PictureSize.Fit.INSIDE, false);

    /// What was made of a presentation, and when it was begun.
    private static final class Shown {
        byte @Nullable [] picture;
        long madeAtNanos;
        boolean making;
    }

    private final PictureMaker maker;
    private final Duration interval;
    private final ConcurrentHashMap<LivePresentation, Shown> shown = new ConcurrentHashMap<>();

    /// @param maker becomes this object's
    public LiveThumbnails(PictureMaker maker, Duration interval) {
        this.maker = maker;
        this.interval = interval;
    }

    void serve(HttpExchange exchange, LivePresentation presentation) {
        Shown known = shown.computeIfAbsent(presentation, _ -> new Shown());
        byte[] last;
        synchronized (known) {
            last = known.picture;
            if (last != null
                    && (known.making
                            || System.nanoTime() - known.madeAtNanos < interval.toNanos())) {
                exchange.reply(reply(last));
                return;
            }
            known.making = true;
        }
        exchange.blocking(_ -> made(presentation, known));
    }

    private HttpReply made(LivePresentation presentation, Shown known) {
        synchronized (known) {
            // Who waited for the first one finds it here.
            if (known.picture != null
                    && System.nanoTime() - known.madeAtNanos < interval.toNanos()) {
                known.making = false;
                return reply(known.picture);
            }
        }
        HttpReply answer;
        byte[] picture = null;
        try {
            LiveFragment key = newestKeyFrame(presentation);
            answer =
                    key == null
                            ? none("There is no picture yet.")
                            : switch (make(presentation, key)) {
                                case PictureMaker.Made.Picture(byte[] bytes) -> {
                                    picture = bytes;
                                    yield reply(bytes);
                                }
                                case PictureMaker.Made.Undecodable(String reason) ->
                                        none("No picture can be made: " + reason);
                            };
        } catch (MediaException e) {
            answer = none("No picture can be made: " + e.getMessage());
        } catch (DecodersBusyException | DecoderFailedException | IOException e) {
            log.debug("live {}: no thumbnail: {}", presentation.entryId(), e.toString());
            answer = later();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            answer = later();
        }
        synchronized (known) {
            known.making = false;
            if (picture != null) {
                known.picture = picture;
                known.madeAtNanos = System.nanoTime();
            }
        }
        shown.keySet().removeIf(LivePresentation::isEnded);
        return answer;
    }

    private PictureMaker.Made make(LivePresentation presentation, LiveFragment key)
            throws IOException,
                    MediaException,
                    DecodersBusyException,
                    DecoderFailedException,
                    InterruptedException {
        if (!(key.track().codec() instanceof VideoConfig codec)) {
            throw new IllegalStateException("track: " + key.track().kind());
        }
        return maker.first(
                "live " + presentation.entryId(),
                codec,
                List.of(LiveTrack.init(List.of(key.track())), key.bytes()),
                SIZE);
    }

    /// Of the first rendition that has video.
    private static @Nullable LiveFragment newestKeyFrame(LivePresentation presentation) {
        for (RenditionWindow rendition : presentation.renditions()) {
            TrackWindow video = rendition.video();
            if (video == null) {
                continue;
            }
            TrackWindow.View view = video.view();
            LiveFragment newest = null;
            List<LiveSegment> kept = view.kept();
            if (!kept.isEmpty()) {
                newest = newestIn(kept.getLast().fragments(), newest);
            }
            newest = newestIn(view.open(), newest);
            if (newest != null) {
                return newest;
            }
        }
        return null;
    }

    private static @Nullable LiveFragment newestIn(
            List<LiveFragment> fragments, @Nullable LiveFragment otherwise) {
        LiveFragment newest = otherwise;
        for (LiveFragment fragment : fragments) {
            if (fragment.independent()) {
                newest = fragment;
            }
        }
        return newest;
    }

    private HttpReply reply(byte[] picture) {
        return HttpReply.bytes(200, "image/jpeg", picture)
                .cacheControl("max-age=" + Math.max(1, interval.toSeconds() / 2));
    }

    private static HttpReply none(String why) {
        return HttpReply.text(404, why).cacheControl("max-age=1");
    }

    private static HttpReply later() {
        return HttpReply.text(503, "No picture can be made now.")
                .header("Retry-After", "2")
                .cacheControl("no-store");
    }

    @Override
    public void close() {
        maker.close();
    }
}
