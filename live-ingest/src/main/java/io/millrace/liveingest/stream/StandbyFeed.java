package io.millrace.liveingest.stream;

import io.millrace.delivery.media.TrackKind;
import io.netty.buffer.ByteBuf;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;

/// What a backup encoder sent since its last key frame, and its configurations, so that it can be
/// switched to at once. Bounded like {@link KeyFrameCache}. Its stream's event loop only.
final class StandbyFeed {
    private static final int KEY_FRAME = 1;
    private static final int AVC = 7;
    private static final int LEGACY_HEVC = 12;
    private static final int AAC = 10;
    private static final int COLORS = 0x84;
    private static final int ENHANCED_AUDIO = 9;
    private static final long AUDIO_ONLY_MS = 1000;

    /// A tag's body with its time as it came.
    record Held(TrackKind kind, long timestamp, ByteBuf body) {}

    private final ArrayDeque<Held> held = new ArrayDeque<>();
    private long bytes;
    private boolean hasVideo;
    private @Nullable Held videoConfig;
    private @Nullable Held audioConfig;
    private @Nullable Held colors;

    /// Borrows `body`; what is kept is retained.
    void add(TrackKind kind, long timestamp, ByteBuf body) {
        if (!body.isReadable()) {
            return;
        }
        var unit = new Held(kind, timestamp, body);
        if (isColors(unit)) {
            release(colors);
            body.retain();
            colors = unit;
            return;
        }
        if (isConfig(unit)) {
            body.retain();
            if (kind == TrackKind.VIDEO) {
                release(videoConfig);
                videoConfig = unit;
            } else {
                release(audioConfig);
                audioConfig = unit;
            }
            return;
        }
        hasVideo |= kind == TrackKind.VIDEO;
        if (kind == TrackKind.VIDEO && isKeyFrame(body)) {
            clearUnits();
        } else if (!hasVideo
                && !held.isEmpty()
                && (int) (timestamp - held.getFirst().timestamp()) > AUDIO_ONLY_MS) {
            drop(held.removeFirst());
        }
        if (bytes + body.readableBytes() > KeyFrameCache.MAX_BYTES
                || held.size() == KeyFrameCache.MAX_UNITS) {
            clearUnits();
        }
        held.add(new Held(kind, timestamp, body.retain()));
        bytes += body.readableBytes();
    }

    /// Gives everything to its new reader and forgets it; bodies are borrowed.
    void replayTo(StreamAssembler assembler) {
        for (Held config : new Held[] {videoConfig, colors, audioConfig}) {
            if (config != null) {
                assembler.media(config.kind(), config.timestamp(), config.body());
            }
        }
        for (Held unit : held) {
            assembler.media(unit.kind(), unit.timestamp(), unit.body());
        }
        close();
    }

    void close() {
        clearUnits();
        release(videoConfig);
        release(audioConfig);
        release(colors);
        colors = null;
        videoConfig = null;
        audioConfig = null;
    }

    private void clearUnits() {
        held.forEach(unit -> unit.body().release());
        held.clear();
        bytes = 0;
    }

    private void drop(Held unit) {
        bytes -= unit.body().readableBytes();
        unit.body().release();
    }

    private static void release(@Nullable Held unit) {
        if (unit != null) {
            unit.body().release();
        }
    }

    private static boolean isConfig(Held unit) {
        ByteBuf body = unit.body();
        int first = body.getUnsignedByte(body.readerIndex());
        if (unit.kind() == TrackKind.VIDEO && (first & 0x80) != 0
                || unit.kind() == TrackKind.AUDIO && first >> 4 == ENHANCED_AUDIO) {
            return (first & 0x0F) == 0;
        }
        boolean hasPacketType =
                unit.kind() == TrackKind.VIDEO
                        ? (first & 0x0F) == AVC || (first & 0x0F) == LEGACY_HEVC
                        : first >> 4 == AAC;
        return hasPacketType
                && body.readableBytes() > 1
                && body.getByte(body.readerIndex() + 1) == 0;
    }

    /// What holds of a video's colours (Enhanced RTMP's metadata packet).
    private static boolean isColors(Held unit) {
        int first = unit.body().getUnsignedByte(unit.body().readerIndex());
        return unit.kind() == TrackKind.VIDEO && (first & 0x8F) == COLORS;
    }

    private static boolean isKeyFrame(ByteBuf body) {
        return (body.getUnsignedByte(body.readerIndex()) >> 4 & 7) == KEY_FRAME;
    }
}
