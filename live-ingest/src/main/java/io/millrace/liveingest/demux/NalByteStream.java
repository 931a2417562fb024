package io.millrace.liveingest.demux;

import io.millrace.delivery.codec.avc.AvcConfig;
import io.millrace.delivery.codec.hevc.HevcConfig;
import io.millrace.delivery.failure.MalformedMediaException;
import io.millrace.liveingest.flv.FlvCodec;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.List;

/// H.264 or HEVC as a byte stream (annex B of both), which Chromium puts into Matroska without a
/// configuration, made what ISO/IEC 14496-15 wants: NAL units behind their lengths, and an `avcC`
/// or `hvcC` of the parameter sets that come with the key frames. One thread at a time.
public final class NalByteStream {
    private static final int START_CODE_BYTES = 3;
    private static final int LENGTH_BYTES = 4;

    /// The first kind of parameter sets; the others' numbers follow.
    private static final int AVC_SPS = 7;

    private static final int AVC_DELIMITER = 9;
    private static final int AVC_FILLER = 12;
    private static final int HEVC_VPS = 32;
    private static final int HEVC_DELIMITER = 35;
    private static final int HEVC_FILLER = 38;
    private static final int MAX_SET_BYTES = 4096;

    private final boolean avc;

    /// The newest of each kind: SPS, PPS; of HEVC VPS, SPS, PPS.
    private final byte[][] sets;

    private byte @Nullable [] made;

    /// @param codec AVC or HEVC
    public NalByteStream(FlvCodec codec) {
        avc = codec == FlvCodec.AVC;
        sets = new byte[avc ? 2 : 3][0];
    }

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
        int header = frame.getByte(start);
        int type = avc ? header & 0x1F : header >> 1 & 0x3F;
        int kind = type - (avc ? AVC_SPS : HEVC_VPS);
        if (kind >= 0 && kind < sets.length) {
            if (length >= 4 && length <= MAX_SET_BYTES) {
                keep(kind, ByteBufUtil.getBytes(frame, start, length));
            }
        } else if (!(avc ? isFilling(type) : type == HEVC_DELIMITER || type == HEVC_FILLER)) {
            out.writeInt(length);
            out.writeBytes(frame, start, length);
        }
    }

    private static boolean isFilling(int avcType) {
        return avcType == AVC_DELIMITER || avcType == AVC_FILLER;
    }

    private void keep(int kind, byte[] set) {
        if (!Arrays.equals(sets[kind], set)) {
            sets[kind] = set;
            made = null;
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

    /// The record of the newest parameter sets; empty while there are none, or they are damaged.
    public byte[] config() {
        byte[] config = made;
        if (config == null) {
            config = record();
            made = config;
        }
        return config;
    }

    private byte[] record() {
        for (byte[] set : sets) {
            if (set.length == 0) {
                return new byte[0];
            }
        }
        try {
            return avc
                    ? AvcConfig.record(List.of(sets[0]), List.of(sets[1]), LENGTH_BYTES)
                    : HevcConfig.record(
                            List.of(sets[0]), List.of(sets[1]), List.of(sets[2]), LENGTH_BYTES);
        } catch (MalformedMediaException _) {
            return new byte[0];
        }
    }
}
