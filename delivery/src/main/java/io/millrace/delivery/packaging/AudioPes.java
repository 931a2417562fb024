package io.millrace.delivery.packaging;

import io.millrace.delivery.mpegts.TsMuxer;
import io.millrace.delivery.mpegts.TsPacketizer;
import io.millrace.delivery.mpegts.TsStream;
import io.millrace.delivery.mpegts.TsTables;

import java.nio.ByteBuffer;

/// Gathers the frames of one audio PES packet, an ADTS header before each where the stream has
/// them. Used again for the next packet. One thread.
final class AudioPes {
    private static final int USUAL_BYTES = 4096;

    private ByteBuffer bytes = ByteBuffer.allocate(0);
    private int length;

    /// @param total with the ADTS headers
    void begin(int total) {
        if (bytes.capacity() < total) {
            bytes = ByteBuffer.allocate(Math.max(USUAL_BYTES, total));
        }
        length = 0;
    }

    void add(TsStream stream, ByteBuffer frames, int at, int size) {
        byte[] adts = stream.adts();
        if (adts != null) {
            TsMuxer.putAdts(bytes, length, adts, size);
            length += adts.length;
        }
        bytes.put(length, frames, at, size);
        length += size;
    }

    /// @param pts in 90 kHz ticks
    /// @return the continuity counter that is next
    int write(
            TsPacketizer packetizer,
            TsRendition rendition,
            TsStream stream,
            long pts,
            int counter) {
        boolean alone = rendition.video == null;
        packetizer.beginPes(stream.streamId(), length, pts, pts);
        return packetizer.writePes(
                TsTables.FIRST_PID + (alone ? 0 : 1),
                bytes,
                0,
                length,
                alone ? TsMuxer.clock(pts) : -1,
                true,
                counter);
    }
}
