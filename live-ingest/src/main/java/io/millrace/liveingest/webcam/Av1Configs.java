package io.millrace.liveingest.webcam;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;

/// `av1C` for streams whose recorder left the sequence header out of it (Chromium does): without it
/// nobody behind knows the picture's size.
final class Av1Configs {
    private static final int SEQUENCE_HEADER = 1;
    private static final int FIXED_BYTES = 4;
    private static final int MAX_HEADER_BYTES = 1024;

    private Av1Configs() {}

    /// The container's record with the sequence header of a key frame behind it; the record as it
    /// is when it has one, or the frame has none.
    ///
    /// @param keyFrame a temporal unit of OBUs with sizes; borrowed
    static byte[] complete(byte[] record, ByteBuf keyFrame) {
        if (record.length != FIXED_BYTES) {
            return record;
        }
        int at = keyFrame.readerIndex();
        int end = keyFrame.writerIndex();
        while (at < end) {
            int start = at;
            int header = keyFrame.getByte(at++);
            if ((header & 4) != 0) {
                at++;
            }
            if ((header & 2) == 0) {
                return record; // the last one, without a size
            }
            long size = 0;
            for (int i = 0; i < 8 && at < end; i++) {
                int b = keyFrame.getByte(at++);
                size |= (b & 0x7FL) << 7 * i;
                if ((b & 0x80) == 0) {
                    break;
                }
            }
            if (size > end - at) {
                return record;
            }
            at += (int) size;
            if ((header >> 3 & 0xF) == SEQUENCE_HEADER && at - start <= MAX_HEADER_BYTES) {
                byte[] complete = new byte[FIXED_BYTES + at - start];
                System.arraycopy(record, 0, complete, 0, FIXED_BYTES);
                byte[] obu = ByteBufUtil.getBytes(keyFrame, start, at - start);
                System.arraycopy(obu, 0, complete, FIXED_BYTES, obu.length);
                return complete;
            }
        }
        return record;
    }
}
