package io.millrace.liveingest.stream;

import io.millrace.delivery.media.TrackKind;
import io.millrace.liveingest.flv.FlvException;
import io.millrace.liveingest.flv.MultitrackMessage;
import io.netty.buffer.ByteBuf;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;

/// What comes with one source's publisher and is a source of its own: further tracks of its
/// messages, named `{rendition}t{track}`, and renditions that this node makes of it. They come and
/// go with that publisher. Its stream's event loop only.
final class TracksBeside {
    private static final int MAX = 8;

    private final LiveStream stream;
    private final String rendition;
    private final Map<String, StreamPublisher> publishers = new HashMap<>();

    TracksBeside(LiveStream stream, String rendition) {
        this.stream = stream;
        this.rendition = rendition;
    }

    /// Gives each track of a multitrack message to its source, the default one to `own`. Borrows
    /// `body`.
    ///
    /// @throws FlvException when it is cut off, or has too many tracks; the tracks before that have
    ///   been given out
    void split(StreamInfo active, StreamAssembler own, TrackKind kind, long timestamp, ByteBuf body)
            throws FlvException {
        boolean[] tooMany = new boolean[1];
        MultitrackMessage.split(
                kind,
                body,
                body.alloc(),
                (track, one) -> {
                    try {
                        if (track == 0) {
                            own.media(kind, timestamp, one);
                            return;
                        }
                        StreamPublisher beside =
                                at(active, Renditions.furtherTrack(rendition, track), false);
                        if (beside == null) {
                            tooMany[0] = true;
                        } else {
                            beside.media(kind, timestamp, one.retain());
                        }
                    } finally {
                        one.release();
                    }
                });
        if (tooMany[0]) {
            throw new FlvException("too many tracks");
        }
    }

    /// Null when there are too many, or an encoder publishes that rendition.
    @Nullable StreamPublisher derived(StreamInfo active, String name) {
        return at(active, name, true);
    }

    private @Nullable StreamPublisher at(StreamInfo active, String name, boolean derived) {
        StreamPublisher known = publishers.get(name);
        if (known != null || publishers.size() == MAX) {
            return known;
        }
        StreamPublisher made = stream.attachTrack(active, name, derived);
        if (made != null) {
            publishers.put(name, made);
            if (derived) {
                made.metadata(true, false);
            }
        }
        return made;
    }

    void leave(boolean saidSo) {
        publishers.values().forEach(publisher -> publisher.leave(saidSo));
        publishers.clear();
    }

    void leaveDerived() {
        for (Iterator<StreamPublisher> all = publishers.values().iterator(); all.hasNext(); ) {
            StreamPublisher publisher = all.next();
            if (publisher.isDerived()) {
                all.remove();
                publisher.leave(true);
            }
        }
    }
}
