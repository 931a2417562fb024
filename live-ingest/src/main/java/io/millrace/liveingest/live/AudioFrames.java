package io.millrace.liveingest.live;

import io.netty.buffer.ByteBuf;

/// How long audio frames are, in ticks of the sample rate.
@FunctionalInterface
public interface AudioFrames {
    /// No audio.
    AudioFrames NONE = _ -> 0;

    /// By the table of contents byte that each packet begins with, RFC 6716 §3.1: at 48 kHz.
    AudioFrames OPUS = AudioFrames::opus;

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
}
