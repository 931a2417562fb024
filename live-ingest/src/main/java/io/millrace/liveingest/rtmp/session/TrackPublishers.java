package io.millrace.liveingest.rtmp.session;

import io.millrace.delivery.media.TrackKind;
import io.millrace.liveingest.flv.FlvException;
import io.millrace.liveingest.flv.MultitrackMessage;
import io.millrace.liveingest.stream.LiveStreams;
import io.millrace.liveingest.stream.LiveStreams.PublishWish;
import io.millrace.liveingest.stream.PublishResult;
import io.millrace.liveingest.stream.PublisherConnection;
import io.millrace.liveingest.stream.Renditions;
import io.millrace.liveingest.stream.StreamInfo;
import io.millrace.liveingest.stream.StreamPublisher;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.concurrent.EventExecutor;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;

/// The tracks of a publisher that sends several (Enhanced RTMP v2): track 0 is what it published,
/// each other one a further rendition of the same stream, as if published under a name of its own.
/// Its connection's event loop only.
final class TrackPublishers {
    private static final Logger log = LoggerFactory.getLogger(TrackPublishers.class);
    private static final int MAX_TRACKS = 16;

    private record Held(TrackKind kind, long timestampMs, ByteBuf body) {}

    private final Conversation conversation;
    private final EventExecutor loop;
    private final LiveStreams streams;
    private final Map<Integer, Track> tracks = new HashMap<>();
    private boolean warned;

    TrackPublishers(Conversation conversation, EventExecutor loop, LiveStreams streams) {
        this.conversation = conversation;
        this.loop = loop;
        this.streams = streams;
    }

    /// Hands a message's tracks to their publishers. Takes `body` over.
    ///
    /// @param main the default track's
    void media(StreamPublisher main, TrackKind kind, long timestampMs, ByteBuf body) {
        try {
            if (!MultitrackMessage.is(kind, body)) {
                main.media(kind, timestampMs, body.retain());
                return;
            }
            MultitrackMessage.split(
                    kind,
                    body,
                    ByteBufAllocator.DEFAULT,
                    (trackId, one) -> {
                        if (trackId == 0) {
                            main.media(kind, timestampMs, one);
                        } else {
                            track(main.info(), trackId).media(kind, timestampMs, one);
                        }
                    });
        } catch (FlvException e) {
            log.debug("live {}: unit dropped: {}", main.info().entryId(), e.getMessage());
        } finally {
            body.release();
        }
    }

    private Track track(StreamInfo main, int trackId) {
        Track known = tracks.get(trackId);
        if (known != null) {
            return known;
        }
        var made = new Track();
        if (tracks.size() < MAX_TRACKS) {
            tracks.put(trackId, made);
            made.attach(main, trackId);
        } else {
            made.finished = true;
            if (!warned) {
                warned = true;
                log.warn(
                        "live {}: more than {} tracks; the others are dropped",
                        main.entryId(),
                        MAX_TRACKS);
            }
        }
        return made;
    }

    /// `{entryId}_2` for the second track of `{entryId}` or `{entryId}_1`.
    private static String streamName(StreamInfo main, int trackId) {
        String rendition = main.rendition();
        return main.entryId()
                + "_"
                + (rendition.equals(Renditions.DEFAULT)
                        ? String.valueOf(trackId + 1)
                        : rendition + "t" + trackId);
    }

    void leave(boolean saidSo) {
        tracks.values().forEach(track -> track.leave(saidSo));
        tracks.clear();
    }

    /// One further track, which first waits for its publisher.
    private final class Track implements PublisherConnection {
        private final ArrayDeque<Held> held = new ArrayDeque<>();
        private final EnumSet<TrackKind> kinds = EnumSet.noneOf(TrackKind.class);
        private @Nullable StreamPublisher publisher;
        private boolean finished;

        void attach(StreamInfo main, int trackId) {
            var info =
                    new StreamInfo(
                            main.entryId(),
                            main.partnerId(),
                            main.index(),
                            streamName(main, trackId),
                            main.app(),
                            main.remoteAddress(),
                            0,
                            Instant.now());
            streams.publish(this, new PublishWish(info, false), loop)
                    .whenComplete(
                            (result, problem) ->
                                    conversation
                                            .peer()
                                            .execute(() -> attached(info, result, problem)));
        }

        private void attached(
                StreamInfo info, @Nullable PublishResult result, @Nullable Throwable problem) {
            if (!(result instanceof PublishResult.Accepted(StreamPublisher accepted))) {
                log.warn(
                        "live {}: {} is dropped: {}",
                        info.entryId(),
                        info.streamName(),
                        result == null ? problem : result);
                drop();
                return;
            }
            if (finished) {
                accepted.leave(false);
                return;
            }
            publisher = accepted;
            accepted.metadata(kinds.contains(TrackKind.VIDEO), kinds.contains(TrackKind.AUDIO));
            int bytes = 0;
            for (Held next = held.poll(); next != null; next = held.poll()) {
                bytes += next.body().readableBytes();
                accepted.media(next.kind(), next.timestampMs(), next.body());
            }
            conversation.holds(-bytes);
        }

        /// Takes `body` over.
        void media(TrackKind kind, long timestampMs, ByteBuf body) {
            if (publisher != null) {
                publisher.media(kind, timestampMs, body);
            } else if (finished) {
                body.release();
            } else {
                kinds.add(kind);
                held.add(new Held(kind, timestampMs, body));
                conversation.holds(body.readableBytes());
            }
        }

        void leave(boolean saidSo) {
            StreamPublisher leaving = publisher;
            drop();
            if (leaving != null) {
                leaving.leave(saidSo);
            }
        }

        private void drop() {
            finished = true;
            publisher = null;
            int bytes = 0;
            for (Held next = held.poll(); next != null; next = held.poll()) {
                bytes += next.body().readableBytes();
                next.body().release();
            }
            conversation.peer().resume(this);
            conversation.holds(-bytes);
        }

        /// The default track decides what becomes of the connection.
        @Override
        public void disconnect(DisconnectReason reason) {
            conversation.peer().execute(this::drop);
        }

        @Override
        public void setReading(boolean reading) {
            conversation
                    .peer()
                    .execute(
                            () -> {
                                if (reading || finished) {
                                    conversation.peer().resume(this);
                                } else {
                                    conversation.peer().pause(this);
                                }
                            });
        }

        @Override
        public String remoteAddress() {
            return conversation.peer().remoteAddress();
        }
    }
}
