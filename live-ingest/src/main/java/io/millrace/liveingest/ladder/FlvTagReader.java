package io.millrace.liveingest.ladder;

import io.millrace.liveingest.flv.FlvException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

import org.jspecify.annotations.Nullable;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/// Reads the tags of an FLV stream (FLV 10.1 Annex E) whose writer is not trusted. One thread at a
/// time; blocks.
///
/// | part | bytes |
/// |---|---|
/// | header | "FLV", version u8, flags u8, header size u32, then u32 0 |
/// | tag | type u8 (lower 5 bits), size u24, time u24, its bits 24..31 u8, stream id u24, body, u32 |
final class FlvTagReader {
    static final int VIDEO = 9;

    private static final int MAX_BODY_BYTES = 4 << 20;
    private static final int HEADER_BYTES = 9;

    private final DataInputStream in;
    private final ByteBufAllocator allocator;
    private boolean opened;

    /// @param timeMs unsigned 32 bit
    /// @param body owned by whoever the tag is given to
    record Tag(int type, long timeMs, ByteBuf body) {}

    FlvTagReader(InputStream in, ByteBufAllocator allocator) {
        this.in = new DataInputStream(in);
        this.allocator = allocator;
    }

    /// Null at the end, also where that is in the middle of a tag.
    @Nullable Tag next() throws IOException, FlvException {
        try {
            if (!opened) {
                open();
            }
            int type = in.readUnsignedByte() & 0x1F;
            int size = medium();
            long time = medium() | (long) in.readUnsignedByte() << 24;
            medium();
            if (size > MAX_BODY_BYTES) {
                throw new FlvException("tag of " + size + " bytes");
            }
            ByteBuf body = allocator.buffer(Math.max(1, size));
            boolean whole = false;
            try {
                while (body.readableBytes() < size) {
                    if (body.writeBytes(in, size - body.readableBytes()) < 0) {
                        return null;
                    }
                }
                in.readInt();
                whole = true;
                return new Tag(type, time, body);
            } finally {
                if (!whole) {
                    body.release();
                }
            }
        } catch (EOFException _) {
            return null;
        }
    }

    private void open() throws IOException, FlvException {
        if (medium() != ('F' << 16 | 'L' << 8 | 'V')) {
            throw new FlvException("no FLV header");
        }
        in.readUnsignedShort();
        if (in.readInt() != HEADER_BYTES) {
            throw new FlvException("FLV header of an unknown size");
        }
        in.readInt();
        opened = true;
    }

    private int medium() throws IOException {
        return in.readUnsignedByte() << 16 | in.readUnsignedShort();
    }
}
