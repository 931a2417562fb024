package io.millrace.liveingest.live;

import io.netty.buffer.ByteBuf;

/// How long audio frames are, in ticks of the sample rate.
@FunctionalInterface
public interface AudioFrames {
    /// No audio.
    AudioFrames NONE = _ -> 0;

    /// By the table of contents byte that each packet begins with, RFC 6716 §3.1: at 48 kHz.
    AudioFrames OPUS = AudioFrames::opus;

    /// By the block size in each frame's header, RFC 9639 §9.1.1.
    AudioFrames FLAC = AudioFrames::flac;

    /// Borrows `frame`.
    int ticks(ByteBuf frame);

    static AudioFrames constant(int ticks) {
        return _ -> ticks;
    }

    private static int opus(ByteBuf packet) {
        if (!packet.isReadable()) {
            return 960;
        }
        int toc = packet.getUnsignedByte(packet.readerIndex());
        int config = toc >> 3;
        int frame;
        if (config < 12) { // SILK: 10, 20, 40, 60 ms
            frame = (config & 3) == 3 ? 2880 : 480 << (config & 3);
        } else if (config < 16) { // hybrid: 10, 20 ms
            frame = 480 << (config & 1);
        } else { // CELT: 2.5, 5, 10, 20 ms
            frame = 120 << (config & 3);
        }
        int count =
                switch (toc & 3) {
                    case 0 -> 1;
                    case 1, 2 -> 2;
                    default ->
                            packet.readableBytes() > 1
                                    ? packet.getByte(packet.readerIndex() + 1) & 0x3F
                                    : 1;
                };
        return Math.clamp((long) frame * count, 120, 5760);
    }

    private static int flac(ByteBuf frame) {
        int start = frame.readerIndex();
        int readable = frame.readableBytes();
        if (readable < 6) {
            return 4096;
        }
        int code = frame.getUnsignedByte(start + 2) >> 4;
        if (code == 1) {
            return 192;
        } else if (code >= 2 && code <= 5) {
            return 576 << code - 2;
        } else if (code >= 8) {
            return 256 << code - 8;
        }
        // Behind the frame's number, which is as long as the first byte's leading ones say.
        int ones = Integer.numberOfLeadingZeros(~(frame.getByte(start + 4) << 24));
        int at = 4 + Math.max(1, ones);
        if (code == 6 && at < readable) {
            return frame.getUnsignedByte(start + at) + 1;
        }
        return code == 7 && at + 1 < readable ? frame.getUnsignedShort(start + at) + 1 : 4096;
    }
}
