package io.millrace.liveingest.rtmp.chunk;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/// Cuts messages into chunks.
///
/// Every message starts with a full header (fmt 0): the bytes then depend on nothing sent before
/// and can be shared between receivers. Not thread-safe: its connection's event loop only.
public final class ChunkWriter {
    private static final int EXTENDED = 0xFF_FFFF;

    private int maxChunkSize = ChunkReader.DEFAULT_CHUNK_SIZE;

    /// From the next message on. The peer must have been told before.
    public void maxChunkSize(int sizeBytes) {
        if (sizeBytes < 1 || sizeBytes > ChunkReader.MAX_CHUNK_SIZE) {
            throw new IllegalArgumentException("chunk size: " + sizeBytes);
        }
        maxChunkSize = sizeBytes;
    }

    /// Appends a message's chunks to `out`. Borrows both buffers; `payload` is read to its end.
    ///
    /// @param chunkStreamId 2..65599
    /// @param timestampMs taken modulo 2^32
    public void write(
            int chunkStreamId,
            int type,
            long timestampMs,
            int messageStreamId,
            ByteBuf payload,
            ByteBuf out) {
        write(
                maxChunkSize,
                chunkStreamId,
                type,
                timestampMs,
                messageStreamId,
                Unpooled.EMPTY_BUFFER,
                payload,
                out);
        payload.skipBytes(payload.readableBytes());
    }

    /// Appends the chunks of a message that lies in two buffers. Borrows all three; `head` and
    /// `payload` keep their indices.
    ///
    /// @param chunkSize what the receivers were told; `head` fits into it
    public static void write(
            int chunkSize,
            int chunkStreamId,
            int type,
            long timestampMs,
            int messageStreamId,
            ByteBuf head,
            ByteBuf payload,
            ByteBuf out) {
        int length = head.readableBytes() + payload.readableBytes();
        int time = (int) timestampMs;
        boolean extended = Integer.compareUnsigned(time, EXTENDED) >= 0;
        basicHeader(0, chunkStreamId, out);
        out.writeMedium(extended ? EXTENDED : time);
        out.writeMedium(length);
        out.writeByte(type);
        out.writeIntLE(messageStreamId);
        if (extended) {
            out.writeInt(time);
        }
        int headBytes = Math.min(head.readableBytes(), chunkSize);
        out.writeBytes(head, head.readerIndex(), headBytes);
        int room = chunkSize - headBytes;
        int at = payload.readerIndex();
        int end = payload.writerIndex();
        while (true) {
            int piece = Math.min(end - at, room);
            out.writeBytes(payload, at, piece);
            at += piece;
            if (at == end) {
                return;
            }
            basicHeader(3, chunkStreamId, out);
            if (extended) {
                out.writeInt(time);
            }
            room = chunkSize;
        }
    }

    private static void basicHeader(int format, int chunkStreamId, ByteBuf out) {
        if (chunkStreamId < 2 || chunkStreamId > 65_599) {
            throw new IllegalArgumentException(
                    "chunk stream id: " + chunkStreamId + " (expected: 2..65599)");
        }
        if (chunkStreamId < 64) {
            out.writeByte(format << 6 | chunkStreamId);
        } else if (chunkStreamId < 320) {
            out.writeByte(format << 6);
            out.writeByte(chunkStreamId - 64);
        } else {
            out.writeByte(format << 6 | 1);
            out.writeShortLE(chunkStreamId - 64);
        }
    }
}
