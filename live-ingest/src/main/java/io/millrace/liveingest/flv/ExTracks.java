package io.millrace.liveingest.flv;

import io.netty.buffer.ByteBuf;

/// The tracks of one enhanced audio or video message, one after the other (Enhanced RTMP v2,
/// ExAudioTagHeader and ExVideoTagHeader). It reads what comes before them: modifiers (ModEx) and
/// the multitrack framing.
///
/// | framing | bytes |
/// |---|---|
/// | none | FourCC, body |
/// | 0 one track | FourCC, track id u8, body |
/// | 1 many tracks | FourCC, then per track: id u8, size u24, body |
/// | 2 many tracks, many codecs | per track: FourCC, id u8, size u24, body |
///
/// Borrows the message; the bodies are slices of it. One thread at a time.
final class ExTracks {
    static final int SEQUENCE_START = 0;
    static final int CODED_FRAMES = 1;
    static final int SEQUENCE_END = 2;

    /// Video only.
    static final int CODED_FRAMES_X = 3;

    /// Video's colorInfo, audio's MultichannelConfig.
    static final int METADATA = 4;

    static final int AUDIO_MULTITRACK = 5;

    /// Video only; AV1 from a transport stream.
    static final int MPEG2_TS_SEQUENCE_START = 5;

    static final int VIDEO_MULTITRACK = 6;
    static final int MODIFIER_EX = 7;

    private static final int NO_FRAMING = -1;
    private static final int ONE_TRACK = 0;
    private static final int MANY_TRACKS_MANY_CODECS = 2;
    private static final int TIMESTAMP_OFFSET_NANO = 0;

    private final ByteBuf in;
    private final int packetAt;
    private final int nanosecondOffset;
    private int packet;
    private int framing = NO_FRAMING;
    private int fourCc;
    private int trackId;
    private ByteBuf body;
    private boolean started;

    private ExTracks(ByteBuf in, int packet, int packetAt, int nanosecondOffset) {
        this.in = in;
        this.packet = packet;
        this.packetAt = packetAt;
        this.nanosecondOffset = nanosecondOffset;
        body = in;
    }

    /// Reads on from behind the message's first byte.
    ///
    /// @param first that byte, whose lower four bits are the packet type
    static ExTracks open(int first, ByteBuf in) throws FlvException {
        int packet = first & 0x0F;
        int at = in.readerIndex() - 1;
        int nanoseconds = 0;
        while (packet == MODIFIER_EX) {
            int size = unsignedByte(in) + 1;
            if (size == 256) {
                need(in, 2, "ModEx");
                size = in.readUnsignedShort() + 1;
            }
            need(in, size, "ModEx");
            int data = in.readerIndex();
            in.skipBytes(size);
            at = in.readerIndex();
            int kinds = unsignedByte(in);
            if (kinds >> 4 == TIMESTAMP_OFFSET_NANO && size >= 3) {
                nanoseconds = in.getUnsignedMedium(data);
            }
            packet = kinds & 0x0F;
        }
        return new ExTracks(in, packet, at, nanoseconds);
    }

    /// Reads the multitrack framing, which {@link #packet} says to be there.
    void openMultitrack(int multitrackPacket) throws FlvException {
        int head = unsignedByte(in);
        framing = head >> 4;
        packet = head & 0x0F;
        if (framing > MANY_TRACKS_MANY_CODECS) {
            throw new FlvException("multitrack type " + framing);
        }
        if (packet == multitrackPacket || packet == MODIFIER_EX) {
            throw new FlvException("packet type " + packet + " in a multitrack message");
        }
        if (framing != MANY_TRACKS_MANY_CODECS) {
            readFourCc();
        }
    }

    /// To the first track, or the next one; false behind the last.
    boolean next() throws FlvException {
        if (started && (framing <= ONE_TRACK || !in.isReadable())) {
            return false;
        }
        boolean first = !started;
        started = true;
        if (framing == NO_FRAMING) {
            readFourCc();
            body = in;
            return true;
        }
        if (first && !in.isReadable()) {
            return false;
        }
        if (framing == MANY_TRACKS_MANY_CODECS) {
            readFourCc();
        }
        trackId = unsignedByte(in);
        int size = in.readableBytes();
        if (framing != ONE_TRACK) {
            need(in, 3, "track size");
            size = in.readUnsignedMedium();
            need(in, size, "track");
        }
        body = in.readSlice(size);
        return true;
    }

    /// The packet type: of the message, and once the multitrack framing is read, of its tracks.
    int packet() {
        return packet;
    }

    /// The index of the byte whose lower four bits said the message's packet type.
    int packetAt() {
        return packetAt;
    }

    /// To be added to the message's time of presentation; 0..999999.
    int nanosecondOffset() {
        return nanosecondOffset;
    }

    int fourCc() {
        return fourCc;
    }

    /// 0 is the default track.
    int trackId() {
        return trackId;
    }

    /// What of the message belongs to the track, its reader index at the start.
    ByteBuf body() {
        return body;
    }

    private void readFourCc() throws FlvException {
        need(in, 4, "FourCC");
        fourCc = in.readInt();
    }

    static String text(int fourCc) {
        var text = new StringBuilder();
        for (int shift = 24; shift >= 0; shift -= 8) {
            int c = fourCc >>> shift & 0xFF;
            text.append(c >= ' ' && c < 0x7F ? (char) c : '?');
        }
        return text.toString();
    }

    private static int unsignedByte(ByteBuf in) throws FlvException {
        need(in, 1, "enhanced header");
        return in.readUnsignedByte();
    }

    static void need(ByteBuf in, int bytes, String what) throws FlvException {
        if (in.readableBytes() < bytes) {
            throw new FlvException(what + " cut off after " + in.readerIndex() + " bytes");
        }
    }
}
