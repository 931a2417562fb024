package io.millrace.liveingest.rtmp.chunk;

import io.netty.buffer.ByteBuf;

import java.util.HashMap;
import java.util.Map;

/// Writes chunks in every form the specification allows, so that the reader meets what real peers
/// send: all four header forms, both kinds of extended timestamps, interleaving.
final class TestChunkEncoder {
    private static final class Stream {
        int time;
        int field;
        int length;
        int type;
        int messageStreamId;
        boolean extended;
    }

    private final Map<Integer, Stream> streams = new HashMap<>();
    private final boolean repeatsExtended;
    int chunkSize = 128;

    TestChunkEncoder(boolean repeatsExtended) {
        this.repeatsExtended = repeatsExtended;
    }

    /// The smallest header form that can say it, or the one asked for if that is larger.
    int header(int wishedFormat, int csid, int type, int time, int msid, int length, ByteBuf out) {
        Stream stream = streams.get(csid);
        int delta = stream == null ? 0 : time - stream.time;
        int format = wishedFormat;
        if (stream == null
                || stream.messageStreamId != msid
                || Integer.compareUnsigned(delta, 0x7FFF_FFFF) > 0) {
            format = 0;
        } else if (stream.length != length || stream.type != type) {
            format = Math.min(format, 1);
        } else if (delta != stream.field) {
            format = Math.min(format, 2);
        }
        if (stream == null) {
            stream = new Stream();
            streams.put(csid, stream);
        }
        basic(format, csid, out);
        if (format < 3) {
            stream.field = format == 0 ? time : delta;
            stream.extended = Integer.compareUnsigned(stream.field, 0xFF_FFFF) >= 0;
            out.writeMedium(stream.extended ? 0xFF_FFFF : stream.field);
        }
        if (format < 2) {
            out.writeMedium(length);
            out.writeByte(type);
        }
        if (format == 0) {
            out.writeIntLE(msid);
        }
        if (stream.extended && (format < 3 || repeatsExtended)) {
            out.writeInt(stream.field);
        }
        stream.time = time;
        stream.length = length;
        stream.type = type;
        stream.messageStreamId = msid;
        return format;
    }

    void continuation(int csid, ByteBuf out) {
        basic(3, csid, out);
        Stream stream = streams.get(csid);
        if (stream != null && stream.extended && repeatsExtended) {
            out.writeInt(stream.field);
        }
    }

    /// Writes at most one chunk of `payload`; true when it was the last.
    boolean payload(ByteBuf payload, ByteBuf out) {
        out.writeBytes(payload, Math.min(chunkSize, payload.readableBytes()));
        return !payload.isReadable();
    }

    private static void basic(int format, int csid, ByteBuf out) {
        if (csid < 64) {
            out.writeByte(format << 6 | csid);
        } else if (csid < 320) {
            out.writeByte(format << 6);
            out.writeByte(csid - 64);
        } else {
            out.writeByte(format << 6 | 1);
            out.writeShortLE(csid - 64);
        }
    }
}
