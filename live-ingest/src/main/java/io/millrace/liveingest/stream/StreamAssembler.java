package io.millrace.liveingest.stream;

import io.millrace.delivery.media.TrackKind;
import io.millrace.liveingest.flv.FlvAudioBody;
import io.millrace.liveingest.flv.FlvBody;
import io.millrace.liveingest.flv.FlvCodec;
import io.millrace.liveingest.flv.FlvException;
import io.millrace.liveingest.flv.FlvTrackSink;
import io.millrace.liveingest.flv.FlvVideoBody;
import io.millrace.liveingest.flv.VideoColorInfo;
import io.millrace.liveingest.stream.StreamTracks.Configured;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayDeque;
import java.util.function.LongSupplier;

/// From one publisher's tag bodies to access units that a player can start with.
///
/// It first finds out what there is: both configurations, or one and metadata that denies the
/// other, or one and a second without the other: what waits is in no recording yet. Then it waits
/// for a key frame, and from there passes everything on. A configuration that changes, or a track
/// that comes late, counts from the next key frame (at once where there is no video); parameter
/// sets in a key frame that say something else are a change too, or the first configuration where
/// none has come. Its stream's event loop only.
final class StreamAssembler {
    private static final Logger log = LoggerFactory.getLogger(StreamAssembler.class);
    private static final long SETTLE_MS = 1000;
    private static final long MAX_WAITING_BYTES = 8 << 20;
    private static final int MAX_CONFIG_BYTES = 64 << 10;

    /// Enough of a frame to find its header in.
    private static final int HEADER_BYTES = 16;

    /// Where units and configurations go.
    interface Output {
        void tracks(StreamTracks tracks, boolean discontinuity);

        void unit(AccessUnit unit);

        void clockJumped();

        void dropped(String why);
    }

    private enum State {
        /// Not known yet what the stream consists of; units wait.
        SETTLING,
        /// Known; nothing goes on until a key frame comes.
        WAITING_FOR_KEY_FRAME,
        OPEN
    }

    /// A frame with its time as it came.
    private record Raw(
            TrackKind kind,
            boolean keyFrame,
            long timestamp,
            int compositionTimeMs,
            ByteBuf data) {}

    private final String entryId;
    private final StreamTimeline timeline;
    private final LongSupplier wallMs;
    private final Output out;
    private final boolean resumed;

    private State state = State.SETTLING;
    private @Nullable Configured video;

    /// A record without parameter sets, which come with the key frames.
    private @Nullable Configured incomplete;

    private @Nullable Configured audio;
    private @Nullable StreamTracks announced;
    private boolean expectVideo = true;
    private boolean expectAudio = true;
    private final ArrayDeque<Raw> waiting = new ArrayDeque<>();
    private long waitingBytes;
    private boolean warnedUnknown;
    private VideoColorInfo colors = VideoColorInfo.UNSPECIFIED;
    private TrackKind readingKind = TrackKind.VIDEO;
    private long readingTimestamp;

    StreamAssembler(
            String entryId,
            StreamTimeline timeline,
            LongSupplier wallMs,
            boolean resumed,
            Output out) {
        this.entryId = entryId;
        this.timeline = timeline;
        this.wallMs = wallMs;
        this.resumed = resumed;
        this.out = out;
        timeline.startPublisher();
    }

    /// What onMetaData says of the tracks; a hint that shortens the wait, never more.
    void metadata(boolean hasVideo, boolean hasAudio) {
        if (state == State.SETTLING && (hasVideo || hasAudio)) {
            expectVideo = hasVideo;
            expectAudio = hasAudio;
        }
    }

    /// Borrows `body`.
    void media(TrackKind kind, long timestamp, ByteBuf body) {
        readingKind = kind;
        readingTimestamp = timestamp;
        try {
            if (kind == TrackKind.VIDEO) {
                FlvVideoBody.read(body, reading);
            } else {
                FlvAudioBody.read(body, reading);
            }
        } catch (FlvException e) {
            out.dropped("malformed");
            log.debug("live {}: unit dropped: {}", entryId, e.getMessage());
        }
    }

    /// Of the message that is being read, what is said of the default track.
    private final FlvTrackSink reading =
            new FlvTrackSink() {
                @Override
                public void body(int trackId, int nanosecondOffset, FlvBody body) {
                    if (trackId == 0) {
                        said(readingKind, readingTimestamp, body);
                    }
                }

                @Override
                public void colorInfo(int trackId, FlvCodec codec, ByteBuf amf) {
                    if (trackId == 0) {
                        colors(amf);
                    }
                }
            };

    private void said(TrackKind kind, long timestamp, FlvBody body) {
        switch (body) {
            case FlvBody.Config(FlvCodec codec, ByteBuf record) -> config(codec, record);
            case FlvBody.Frame(FlvCodec codec, boolean key, int compositionTime, ByteBuf data) ->
                    frame(codec, new Raw(kind, key, timestamp, compositionTime, data));
            case FlvBody.End _, FlvBody.Nothing _ -> {}
            case FlvBody.Unsupported(String what) -> {
                out.dropped("unsupported");
                if (!warnedUnknown) {
                    warnedUnknown = true;
                    log.warn("live {}: {} is not supported and dropped", entryId, what);
                }
            }
        }
    }

    private void config(FlvCodec codec, ByteBuf record) {
        if (record.readableBytes() > MAX_CONFIG_BYTES) {
            out.dropped("malformed");
            return;
        }
        byte[] bytes = ByteBufUtil.getBytes(record);
        if (InBandParameterSets.isIncomplete(codec, bytes)) {
            incomplete = new Configured(codec, bytes); // the key frames have the rest
        } else if (codec.isVideo()) {
            video = video(codec, bytes);
        } else {
            var configured = new Configured(codec, bytes);
            audio = configured;
            if (state == State.OPEN
                    && announced != null
                    && announced.audio() != null
                    && !configured.equals(announced.audio())) {
                // What follows can't be decoded with the old one: no waiting for a key frame.
                announce(new StreamTracks(announced.video(), audio), false);
            }
        }
    }

    /// What the publisher says of the picture's colours holds until it says something else.
    private void colors(ByteBuf amf) {
        if (amf.readableBytes() > MAX_CONFIG_BYTES) {
            out.dropped("malformed");
            return;
        }
        try {
            colors = VideoColorInfo.read(amf);
        } catch (FlvException e) {
            out.dropped("malformed");
            log.debug("live {}: {}", entryId, e.getMessage());
            return;
        }
        Configured shown = video;
        if (shown != null) {
            video = video(shown.codec(), shown.config());
        }
    }

    private Configured video(FlvCodec codec, byte[] config) {
        VideoColorInfo said =
                colors.isUnspecified() ? colors : colors.beyond(TrackFacts.colors(codec, config));
        return new Configured(codec, config, said.isUnspecified() ? null : said);
    }

    private void frame(FlvCodec codec, Raw frame) {
        if (!codec.isVideo() && audio == null && saysItselfWhatItIs(codec)) {
            audio = new Configured(codec, start(frame.data()));
        } else if (codec == FlvCodec.VP8 && video == null && frame.keyFrame()) {
            video = video(codec, start(frame.data()));
        } else if (codec == FlvCodec.VP9 && video == null && frame.keyFrame()) {
            // Browsers send no vpcC in WebM; what it would say is in each key frame.
            video = video(codec, new byte[0]);
        }
        if (frame.keyFrame() && (codec == FlvCodec.AVC || codec == FlvCodec.HEVC)) {
            byte[] changed = InBandParameterSets.changed(codec, recordFor(codec), frame.data());
            if (changed != null) {
                video = video(codec, changed);
            }
        }
        Configured configured = frame.kind() == TrackKind.VIDEO ? video : audio;
        if (configured == null || configured.codec() != codec) {
            out.dropped("unconfigured");
            return;
        }
        switch (state) {
            case SETTLING -> settle(frame);
            case WAITING_FOR_KEY_FRAME -> {
                if (opens(frame)) {
                    open(frame);
                } else {
                    out.dropped("before key frame");
                }
            }
            case OPEN -> pass(frame);
        }
    }

    private byte @Nullable [] recordFor(FlvCodec codec) {
        for (Configured record : new @Nullable Configured[] {video, incomplete}) {
            if (record != null && record.codec() == codec) {
                return record.config();
            }
        }
        return null;
    }

    /// Codecs whose frames begin with all that a decoder must know, and that come without a
    /// configuration.
    private static boolean saysItselfWhatItIs(FlvCodec codec) {
        return codec == FlvCodec.MP3 || codec == FlvCodec.AC3 || codec == FlvCodec.EAC3;
    }

    private static byte[] start(ByteBuf frame) {
        return ByteBufUtil.getBytes(
                frame, frame.readerIndex(), Math.min(HEADER_BYTES, frame.readableBytes()));
    }

    private void settle(Raw frame) {
        waiting.add(
                new Raw(
                        frame.kind(),
                        frame.keyFrame(),
                        frame.timestamp(),
                        frame.compositionTimeMs(),
                        frame.data().retain()));
        waitingBytes += frame.data().readableBytes();
        boolean known = (video != null || !expectVideo) && (audio != null || !expectAudio);
        boolean longEnough =
                (int) (frame.timestamp() - waiting.getFirst().timestamp()) > SETTLE_MS
                        || waitingBytes > MAX_WAITING_BYTES;
        if (!known && !longEnough) {
            return;
        }
        state = State.WAITING_FOR_KEY_FRAME;
        while (!waiting.isEmpty()) {
            Raw held = waiting.poll();
            if (state == State.OPEN) {
                pass(held);
            } else if (opens(held)) {
                open(held);
            } else {
                out.dropped("before key frame");
            }
            held.data().release();
        }
        waitingBytes = 0;
    }

    private boolean opens(Raw frame) {
        return video == null || (frame.kind() == TrackKind.VIDEO && frame.keyFrame());
    }

    private void open(Raw frame) {
        state = State.OPEN;
        announce(new StreamTracks(video, audio), resumed);
        deliver(frame);
    }

    private void announce(StreamTracks tracks, boolean discontinuity) {
        announced = tracks;
        out.tracks(tracks, discontinuity);
    }

    private void pass(Raw frame) {
        StreamTracks now = announced;
        if (now == null) {
            return;
        }
        boolean isVideo = frame.kind() == TrackKind.VIDEO;
        boolean changed =
                (video != null && !video.equals(now.video()))
                        || (audio != null && !audio.equals(now.audio()));
        if (changed && opens(frame)) {
            announce(new StreamTracks(video, audio), false);
        } else if (isVideo ? !same(video, now.video()) : !same(audio, now.audio())) {
            out.dropped("before key frame"); // belongs to a configuration that is not in force yet
            return;
        }
        deliver(frame);
    }

    private static boolean same(@Nullable Configured a, @Nullable Configured b) {
        return a == null ? b == null : b != null && a.isDecodedAs(b);
    }

    private void deliver(Raw frame) {
        long time =
                timeline.place(
                        frame.kind() == TrackKind.VIDEO ? 0 : 1,
                        frame.timestamp(),
                        frame.compositionTimeMs(),
                        wallMs.getAsLong());
        if (timeline.jumped()) {
            log.warn("live {}: the publisher's clock jumped; the stream goes on", entryId);
            out.clockJumped();
        }
        out.unit(
                new AccessUnit(
                        frame.kind(),
                        frame.keyFrame(),
                        time,
                        frame.compositionTimeMs(),
                        frame.data()));
    }

    /// Releases what is waiting.
    void close() {
        waiting.forEach(held -> held.data().release());
        waiting.clear();
    }
}
