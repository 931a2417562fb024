package io.millrace.delivery.mpegts;

import java.util.zip.Checksum;

/// CRC-32/MPEG-2: polynomial 0x04C11DB7, all ones at the start, not reflected (ISO/IEC 13818-1
/// annex A). The JDK's CRC-32 is the reflected one.
final class MpegCrc32 implements Checksum {
    private int crc = -1;

    @Override
    public void update(int b) {
        crc ^= b << 24;
        for (int i = 0; i < 8; i++) {
            crc = crc < 0 ? crc << 1 ^ 0x04C11DB7 : crc << 1;
        }
    }

    @Override
    public void update(byte[] bytes, int offset, int length) {
        for (int i = offset; i < offset + length; i++) {
            update(bytes[i]);
        }
    }

    @Override
    public long getValue() {
        return crc & 0xFFFF_FFFFL;
    }

    @Override
    public void reset() {
        crc = -1;
    }
}
