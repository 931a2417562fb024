package io.millrace.liveingest.live;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/// `prft`, ISO/IEC 14496-12 §8.16.5: what time it was when a chunk's first sample was taken, so
/// that players know how far behind they are.
///
/// | field | bytes | |
/// |---|---|---|
/// | version, flags | 1, 3 | 1; 0: the encoder's input |
/// | reference_track_ID | 4 | |
/// | ntp_timestamp | 8 | seconds since 1900 and 2^-32 seconds |
/// | media_time | 8 | the sample's decode time |
final class ProducerTime {
    private static final int SIZE = 32;
    private static final long SECONDS_1900_TO_1970 = 2_208_988_800L;
    private static final int TYPE =
            ByteBuffer.wrap("prft".getBytes(StandardCharsets.US_ASCII)).getInt();

    private ProducerTime() {}

    static byte[] box(LiveFragment fragment) {
        Instant at = fragment.startedAt();
        ByteBuffer out = ByteBuffer.allocate(SIZE);
        out.putInt(SIZE).putInt(TYPE).putInt(1 << 24).putInt(fragment.track().trackId());
        out.putInt((int) (at.getEpochSecond() + SECONDS_1900_TO_1970));
        out.putInt((int) (((long) at.getNano() << 32) / 1_000_000_000L));
        out.putLong(fragment.startTicks());
        return out.array();
    }
}
