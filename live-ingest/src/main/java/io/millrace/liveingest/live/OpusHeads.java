package io.millrace.liveingest.live;

import io.millrace.delivery.failure.MalformedMediaException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// From the identification header of Ogg (RFC 7845 §5.1, what Enhanced RTMP and WebM carry) to the
/// `dOps` box: the same fields, the other byte order, and version 0 for 1.
final class OpusHeads {
    private static final byte[] MAGIC = "OpusHead".getBytes(StandardCharsets.US_ASCII);
    private static final int FIXED_BYTES = 19;

    /// Stereo without pre-skip: what is played where a publisher sends an empty header.
    private static final byte[] STEREO = {0, 2, 0, 0, 0, 0, (byte) 0xBB, (byte) 0x80, 0, 0, 0};

    private OpusHeads() {}

    static byte[] specificBox(byte[] head) throws MalformedMediaException {
        if (head.length == 0) {
            return STEREO.clone();
        }
        if (head.length < FIXED_BYTES
                || !Arrays.equals(head, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw new MalformedMediaException(
                    "OpusHead: " + head.length + " bytes (expected: OpusHead and 11 more)");
        }
        ByteBuffer in = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer out = ByteBuffer.allocate(head.length - MAGIC.length);
        out.put((byte) 0);
        out.put(head[9]); // channels
        out.putShort(in.getShort(10)); // pre-skip
        out.putInt(in.getInt(12)); // input sample rate
        out.putShort(in.getShort(16)); // gain
        out.put(head, 18, head.length - 18); // mapping
        return out.array();
    }
}
