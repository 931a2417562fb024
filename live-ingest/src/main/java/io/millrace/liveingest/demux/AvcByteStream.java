package io.millrace.liveingest.demux;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;

import java.io.ByteArrayOutputStream;

/// H.264 as a byte stream (annex B), which Chromium puts into Matroska without a configuration,
/// made what ISO/IEC 14496-15 wants: NAL units behind their lengths, and an `avcC` of the parameter
/// sets that come with the key frames. One thread at a time.
public final class AvcByteStream {
    private static final int START_CODE_BYTES = 3;
    private static final int SPS = 7;
    private static final int PPS = 8;
    private static final int DELIMITER = 9;
    private static final int FILLER = 12;
    private static final int MAX_SET_BYTES = 4096;

    private byte[] sps = {};
    private byte[] pps = {};

    /// Whether a frame begins with a start code. A length of 1 would be a NAL unit of one byte,
    /// which is no frame.
    public static boolean isOne(ByteBuf frame) {
        int at = frame.readerIndex();
        int left = frame.readableBytes();
        return left > 4 && (frame.getMedium(at) == 1 || frame.getInt(at) == 1);
    }

    /// Appends a frame to `out`, without parameter sets, delimiters and filling. Borrows both.
    public void convert(ByteBuf frame, ByteBuf out) {
        int end = frame.writerIndex();
        int code = startCode(frame, frame.readerIndex(), end);
        while (code < end) {
            int start = code + START_CODE_BYTES;
            int next = startCode(frame, start, end);
            int stop = next;
            while (stop > start && frame.getByte(stop - 1) == 0) {
                stop--; // the fourth byte of the next start code, or trailing zeros
            }
            if (stop > start) {
                unit(frame, start, stop - start, out);
            }
            code = next;
        }
    }

    private void unit(ByteBuf frame, int start, int length, ByteBuf out) {
        switch (frame.getByte(start) & 0x1F) {
            case SPS -> {
                if (length >= 4 && length <= MAX_SET_BYTES) {
                    sps = ByteBufUtil.getBytes(frame, start, length);
                }
            }
            case PPS -> {
                if (length <= MAX_SET_BYTES) {
                    pps = ByteBufUtil.getBytes(frame, start, length);
                }
            }
            case DELIMITER, FILLER -> {}
            default -> {
                out.writeInt(length);
                out.writeBytes(frame, start, length);
            }
        }
    }

    /// Index of the next 00 00 01 from `at` on, or `end`.
    private static int startCode(ByteBuf in, int at, int end) {
        int i = at + 2;
        while (i < end) {
            int b = in.getByte(i);
            if (b > 1 || b < 0) {
                i += START_CODE_BYTES;
            } else if (b == 1 && in.getByte(i - 1) == 0 && in.getByte(i - 2) == 0) {
                return i - 2;
            } else {
                i++;
            }
        }
        return end;
    }

    /// The `avcC` of the newest parameter sets; empty while there are none.
    public byte[] config() {
        if (sps.length == 0 || pps.length == 0) {
            return new byte[0];
        }
        var out = new ByteArrayOutputStream(sps.length + pps.length + 15);
        out.write(1);
        out.write(sps, 1, 3);
        out.write(0xFF); // lengths of 4 bytes
        out.write(0xE1);
        set(sps, out);
        out.write(1);
        set(pps, out);
        int profile = sps[1] & 0xFF;
        if (profile == 100 || profile == 110 || profile == 122 || profile == 144) {
            // What cameras are encoded as: 4:2:0, 8 bits, no extensions.
            out.writeBytes(new byte[] {(byte) 0xFD, (byte) 0xF8, (byte) 0xF8, 0});
        }
        return out.toByteArray();
    }

    private static void set(byte[] set, ByteArrayOutputStream out) {
        out.write(set.length >> 8);
        out.write(set.length);
        out.writeBytes(set);
    }
}
