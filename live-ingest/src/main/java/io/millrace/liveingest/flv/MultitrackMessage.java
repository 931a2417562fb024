package io.millrace.liveingest.flv;

import io.millrace.delivery.media.TrackKind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/// Takes a multitrack message apart into messages of one track each, without multitrack framing, as
/// every reader and player understands them.
public final class MultitrackMessage {
    private static final int AUDIO_EX_HEADER = 9;

    private MultitrackMessage() {}

    /// Receives one track's message.
    @FunctionalInterface
    public interface Sink {
        /// Takes `body` over.
        void track(int trackId, ByteBuf body);
    }

    /// Whether this is one. Borrows `body` and leaves its indices.
    public static boolean is(TrackKind kind, ByteBuf body) throws FlvException {
        if (body.readableBytes() < 2) {
            return false;
        }
        int first = body.getUnsignedByte(body.readerIndex());
        boolean video = kind == TrackKind.VIDEO;
        if (video ? (first & 0x80) == 0 : first >> 4 != AUDIO_EX_HEADER) {
            return false;
        }
        int packet = first & 0x0F;
        int multitrack = video ? ExTracks.VIDEO_MULTITRACK : ExTracks.AUDIO_MULTITRACK;
        if (packet != ExTracks.MODIFIER_EX) {
            return packet == multitrack;
        }
        ByteBuf in = body.slice();
        in.skipBytes(1);
        return ExTracks.open(first, in).packet() == multitrack;
    }

    /// Borrows `body`, whose reader index moves; each track's bytes are copied, with the message's
    /// modifiers before them.
    ///
    /// @throws FlvException when it is cut off; the tracks before that have been given out
    public static void split(TrackKind kind, ByteBuf body, ByteBufAllocator allocator, Sink sink)
            throws FlvException {
        int start = body.readerIndex();
        ExTracks.need(body, 2, "multitrack message");
        ExTracks tracks = ExTracks.open(body.readUnsignedByte(), body);
        tracks.openMultitrack(
                kind == TrackKind.VIDEO ? ExTracks.VIDEO_MULTITRACK : ExTracks.AUDIO_MULTITRACK);
        int prefix = tracks.packetAt() + 1 - start;
        while (tracks.next()) {
            ByteBuf data = tracks.body();
            ByteBuf one = allocator.buffer(prefix + 4 + data.readableBytes());
            one.writeBytes(body, start, prefix);
            one.setByte(prefix - 1, one.getByte(prefix - 1) & 0xF0 | tracks.packet());
            one.writeInt(tracks.fourCc());
            one.writeBytes(data);
            sink.track(tracks.trackId(), one);
        }
    }
}
