package io.millrace.liveingest.flv;

import io.netty.buffer.ByteBuf;

import org.jspecify.annotations.Nullable;

/// What enhanced audio and video headers share: packet types, modifiers, multitrack framing.
final class ExPackets {
    static final int SEQUENCE_START = 0;
    static final int CODED_FRAMES = 1;
    static final int SEQUENCE_END = 2;
    static final int CODED_FRAMES_X = 3;
    static final int METADATA = 4;
    static final int MODIFIER_EX = 7;

    /// Video's number; audio's is 5.
    static final int MULTITRACK = 6;

    private static final int MANY_TRACKS_MANY_CODECS = 2;

    private ExPackets() {}

    /// The default track's part of a multitrack message.
    ///
    /// @param codec null when the FourCC is unknown
    record Track(int packet, @Nullable FlvCodec codec, ByteBuf body) {}

    /// Skips ModEx packets (nanosecond offsets: finer than the time line here) and returns the
    /// packet type behind them.
    static int skipModifiers(int packet, ByteBuf in) throws FlvException {
        while (packet == MODIFIER_EX) {
            int size = unsignedByte(in) + 1;
            if (size == 256) {
                if (in.readableBytes() < 2) {
                    throw new FlvException("ModEx cut off");
                }
                size = in.readUnsignedShort() + 1;
            }
            if (in.readableBytes() < size) {
                throw new FlvException("ModEx of " + size + " bytes cut off");
            }
            in.skipBytes(size);
            packet = unsignedByte(in) & 0x0F;
        }
        return packet;
    }

    /// Track 0 of a multitrack message, or null when it is not in it.
    static @Nullable Track defaultTrack(ByteBuf in, boolean video) throws FlvException {
        int head = unsignedByte(in);
        int kind = head >> 4;
        int packet = head & 0x0F;
        FlvCodec codec = null;
        if (kind != MANY_TRACKS_MANY_CODECS) {
            codec = fourCc(in, video);
        }
        while (in.isReadable()) {
            if (kind == MANY_TRACKS_MANY_CODECS) {
                codec = fourCc(in, video);
            }
            int trackId = unsignedByte(in);
            int size = in.readableBytes();
            if (kind != 0) {
                if (in.readableBytes() < 3) {
                    throw new FlvException("multitrack size cut off");
                }
                size = in.readUnsignedMedium();
                if (size > in.readableBytes()) {
                    throw new FlvException("track of " + size + " bytes cut off");
                }
            }
            if (trackId == 0) {
                return new Track(packet, codec, in.readSlice(size));
            }
            in.skipBytes(size);
        }
        return null;
    }

    static String text(int fourCc) {
        var text = new StringBuilder();
        for (int shift = 24; shift >= 0; shift -= 8) {
            int c = fourCc >>> shift & 0xFF;
            text.append(c >= ' ' && c < 0x7F ? (char) c : '?');
        }
        return text.toString();
    }

    private static @Nullable FlvCodec fourCc(ByteBuf in, boolean video) throws FlvException {
        if (in.readableBytes() < 4) {
            throw new FlvException("FourCC cut off");
        }
        return FlvCodec.of(in.readInt(), video);
    }

    private static int unsignedByte(ByteBuf in) throws FlvException {
        if (!in.isReadable()) {
            throw new FlvException("enhanced header cut off");
        }
        return in.readUnsignedByte();
    }
}
