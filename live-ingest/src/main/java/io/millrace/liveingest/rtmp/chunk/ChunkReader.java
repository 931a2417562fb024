package io.millrace.liveingest.rtmp.chunk;

import io.millrace.liveingest.rtmp.RtmpProtocolException;
import io.millrace.liveingest.rtmp.message.RtmpMessageType;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.util.Objects;

/// Puts chunks together again (RTMP 1.0 §5.3.1).
///
/// | fmt | message header bytes | fields                                                              |
/// |-----|----------------------|---------------------------------------------------------------------|
/// | 0   | 11                   | timestamp u24, length u24, type u8, message stream id u32 LE        |
/// | 1   | 7                    | delta u24, length u24, type u8                                      |
/// | 2   | 3                    | delta u24                                                           |
/// | 3   | 0                    | as before                                                           |
///
/// A timestamp field of 0xFFFFFF means four more bytes. The text wants them repeated in every fmt 3
/// chunk that follows; old librtmp, some OBS and phones leave them out. So: bytes that equal the
/// last field or the current time are skipped, all others are payload.
///
/// Bytes are copied once, into the message's own buffer, which grows with what arrives (a long
/// announced length alone allocates nothing beyond {@link #FIRST_ALLOCATION}). Nothing is allocated
/// per chunk. Its connection's event loop only.
public final class ChunkReader implements AutoCloseable {
    public static final int DEFAULT_CHUNK_SIZE = 128;
    public static final int MAX_CHUNK_SIZE = 0xFF_FFFF;
    static final int MAX_CHUNK_STREAMS = 32;
    static final int MAX_MEDIA_BYTES = 8 << 20;
    static final int MAX_COMMAND_BYTES = 64 << 10;
    static final int MAX_DATA_BYTES = 256 << 10;
    static final int MAX_PARTIAL_BYTES = 16 << 20;

    /// Messages up to this size get their buffer at once and are never copied again.
    static final int FIRST_ALLOCATION = 128 << 10;

    /// Chunks longer than this cost more to copy than to find.
    private static final int RUN_CHUNK_SIZE = 1024;

    private static final int RUN_CHUNKS = 4;
    private static final int EXTENDED = 0xFF_FFFF;
    private static final int MAX_HEADER_BYTES = 3 + 11 + 4;

    /// Receives whole messages, in the order they were completed.
    @FunctionalInterface
    public interface Sink {
        /// Takes `payload` over, also when it throws.
        void message(int type, long timestampMs, int messageStreamId, ByteBuf payload)
                throws RtmpProtocolException;
    }

    private static final class ChunkStream {
        final int id;
        boolean known;
        boolean extended;
        int timestampField;
        int time;
        int length;
        int type;
        int messageStreamId;

        /// Null between messages.
        @Nullable ByteBuf partial;

        int missing;

        ChunkStream(int id) {
            this.id = id;
        }
    }

    private final ByteBufAllocator allocator;
    private final Sink sink;
    private final ChunkStream[] streams = new ChunkStream[MAX_CHUNK_STREAMS];
    private int streamCount;
    private int maxChunkSize = DEFAULT_CHUNK_SIZE;
    private long partialBytes;
    private long abandonedMessages;

    /// A header that arrived in pieces, and nothing else: never more than a header and the four
    /// bytes of doubt behind it.
    private final ByteBuf stash = Unpooled.buffer(MAX_HEADER_BYTES + 8, MAX_HEADER_BYTES + 8);

    /// The chunk whose payload is being read, null when a header is next.
    private @Nullable ChunkStream current;

    private int chunkMissing;
    private boolean closed;

    public ChunkReader(ByteBufAllocator allocator, Sink sink) {
        this.allocator = allocator;
        this.sink = sink;
    }

    /// From the very next chunk on.
    public void maxChunkSize(int sizeBytes) throws RtmpProtocolException {
        if (sizeBytes < 1) {
            throw new RtmpProtocolException("chunk size " + sizeBytes);
        }
        maxChunkSize = Math.min(sizeBytes, MAX_CHUNK_SIZE);
    }

    /// Drops what came of a chunk stream's message; its header stays valid.
    public void abort(int chunkStreamId) {
        for (int i = 0; i < streamCount; i++) {
            if (streams[i].id == chunkStreamId) {
                dropPartial(streams[i]);
                return;
            }
        }
    }

    /// Messages that were started and never finished: aborted or overwritten.
    public long abandonedMessages() {
        return abandonedMessages;
    }

    /// Reads all of `in`. Borrows it.
    public void read(ByteBuf in) throws RtmpProtocolException {
        while (!closed) {
            ChunkStream chunk = current;
            if (chunk != null) {
                ByteBuf source = stash.isReadable() ? stash : in;
                if (!source.isReadable()) {
                    return;
                }
                readPayload(chunk, source);
            } else if (stash.isReadable()) {
                if (!readHeader(stash)) {
                    if (!in.isReadable()) {
                        return;
                    }
                    stash.discardReadBytes();
                    stash.writeByte(in.readByte());
                }
            } else {
                if (!in.isReadable()) {
                    return;
                }
                if (!readHeader(in)) {
                    stash.clear();
                    stash.writeBytes(in);
                    return;
                }
            }
        }
    }

    /// Reads one chunk's header, or leaves `in` and everything else as it was and returns false.
    private boolean readHeader(ByteBuf in) throws RtmpProtocolException {
        int start = in.readerIndex();
        int available = in.readableBytes();
        int first = in.getUnsignedByte(start);
        int format = first >> 6;
        int id = first & 0x3F;
        int at = start + 1;
        if (id == 0) {
            if (available < 2) {
                return false;
            }
            id = 64 + in.getUnsignedByte(at);
            at += 1;
        } else if (id == 1) {
            if (available < 3) {
                return false;
            }
            id = 64 + in.getUnsignedShortLE(at);
            at += 2;
        }
        int end = start + available;
        int headerBytes =
                switch (format) {
                    case 0 -> 11;
                    case 1 -> 7;
                    case 2 -> 3;
                    default -> 0;
                };
        if (end - at < headerBytes) {
            return false;
        }
        ChunkStream stream = find(id);
        if (format != 0 && (stream == null || !stream.known)) {
            throw new RtmpProtocolException(
                    "chunk stream " + id + " starts with fmt " + format + " (expected: 0)");
        }
        if (format == 3) {
            return readContinuation(in, Objects.requireNonNull(stream), at, end);
        }
        int field = in.getUnsignedMedium(at);
        boolean extended = field == EXTENDED;
        if (extended) {
            if (end - at < headerBytes + 4) {
                return false;
            }
            field = in.getInt(at + headerBytes);
        }
        if (stream == null) {
            stream = add(id);
        }
        if (stream.partial != null) {
            dropPartial(stream);
        }
        stream.extended = extended;
        stream.timestampField = field;
        stream.time = format == 0 ? field : stream.time + field;
        if (format <= 1) {
            stream.length = in.getUnsignedMedium(at + 3);
            stream.type = in.getUnsignedByte(at + 6);
        }
        if (format == 0) {
            stream.messageStreamId = in.getIntLE(at + 7);
        }
        stream.known = true;
        in.readerIndex(at + headerBytes + (extended ? 4 : 0));
        startMessage(stream);
        return true;
    }

    private boolean readContinuation(ByteBuf in, ChunkStream stream, int at, int end)
            throws RtmpProtocolException {
        boolean starts = stream.partial == null;
        if (stream.extended) {
            // Looks only as far as it must: the first byte that differs decides.
            int newTime = starts ? stream.time + stream.timestampField : stream.time;
            boolean maybeField = true;
            boolean maybeTime = true;
            for (int i = 0; i < 4 && (maybeField || maybeTime); i++) {
                if (at + i >= end) {
                    return false;
                }
                int b = in.getUnsignedByte(at + i);
                int shift = 24 - 8 * i;
                maybeField &= b == (stream.timestampField >>> shift & 0xFF);
                maybeTime &= b == (newTime >>> shift & 0xFF);
            }
            if (maybeField || maybeTime) {
                at += 4;
            }
        }
        in.readerIndex(at);
        if (starts) {
            stream.time += stream.timestampField;
            startMessage(stream);
        } else {
            current = stream;
            chunkMissing = Math.min(stream.missing, maxChunkSize);
        }
        return true;
    }

    private void startMessage(ChunkStream stream) throws RtmpProtocolException {
        int limit =
                switch (stream.type) {
                    case RtmpMessageType.AUDIO, RtmpMessageType.VIDEO, RtmpMessageType.AGGREGATE ->
                            MAX_MEDIA_BYTES;
                    case RtmpMessageType.DATA_AMF0, RtmpMessageType.DATA_AMF3 -> MAX_DATA_BYTES;
                    default -> MAX_COMMAND_BYTES;
                };
        if (stream.length > limit) {
            throw new RtmpProtocolException(
                    "message type "
                            + stream.type
                            + " of "
                            + stream.length
                            + " bytes (expected: <= "
                            + limit
                            + ")");
        }
        if (partialBytes + Math.min(stream.length, FIRST_ALLOCATION) > MAX_PARTIAL_BYTES) {
            throw new RtmpProtocolException("unfinished messages of more than 16 MiB");
        }
        ByteBuf partial = allocator.buffer(Math.min(stream.length, FIRST_ALLOCATION), limit);
        partialBytes += partial.capacity();
        stream.partial = partial;
        stream.missing = stream.length;
        current = stream;
        chunkMissing = Math.min(stream.length, maxChunkSize);
        if (stream.length == 0) {
            finishMessage(stream);
        }
    }

    private void readPayload(ChunkStream stream, ByteBuf in) throws RtmpProtocolException {
        int bytes = Math.min(chunkMissing, in.readableBytes());
        ByteBuf partial = Objects.requireNonNull(stream.partial);
        if (isRun(stream, partial, in)) {
            readRun(stream, partial, in);
            return;
        }
        if (partial.writableBytes() < bytes) {
            int before = partial.capacity();
            int wanted =
                    Math.min(stream.length, Math.max(before * 2, partial.writerIndex() + bytes));
            if (partialBytes - before + wanted > MAX_PARTIAL_BYTES) {
                throw new RtmpProtocolException("unfinished messages of more than 16 MiB");
            }
            partial.capacity(wanted);
            partialBytes += partial.capacity() - before;
        }
        partial.writeBytes(in, bytes);
        stream.missing -= bytes;
        chunkMissing -= bytes;
        if (stream.missing == 0) {
            finishMessage(stream);
        } else if (chunkMissing == 0) {
            current = null;
        }
    }

    /// Whether a good part of a message cut small is here, as it mostly is with chunks of 128
    /// bytes.
    private boolean isRun(ChunkStream stream, ByteBuf partial, ByteBuf in) {
        int whole = RUN_CHUNKS * maxChunkSize;
        return maxChunkSize <= RUN_CHUNK_SIZE
                && stream.missing >= whole
                && in.readableBytes() >= whole
                && partial.writableBytes() >= stream.missing
                && !stream.extended
                && stream.id < 64
                && in.nioBufferCount() == 1;
    }

    /// Reads what is left of the chunk, and the message's chunks behind it as far as they are here
    /// and begin with the one byte that says no more than "on with it". The same as {@link
    /// #readPayload} and {@link #readHeader} by turns do, without their price for each chunk.
    private void readRun(ChunkStream stream, ByteBuf partial, ByteBuf in)
            throws RtmpProtocolException {
        ByteBuffer from = in.internalNioBuffer(in.readerIndex(), in.readableBytes());
        ByteBuffer to = partial.internalNioBuffer(partial.writerIndex(), stream.missing);
        byte continuation = (byte) (0xC0 | stream.id);
        int start = from.position();
        int at = start;
        int end = from.limit();
        int written = to.position();
        int missing = stream.missing;
        int chunk = chunkMissing;
        while (true) {
            int bytes = Math.min(chunk, end - at);
            to.put(written, from, at, bytes);
            at += bytes;
            written += bytes;
            missing -= bytes;
            chunk -= bytes;
            if (chunk > 0 || missing == 0 || at == end || from.get(at) != continuation) {
                break;
            }
            at++;
            chunk = Math.min(missing, maxChunkSize);
        }
        partial.writerIndex(partial.writerIndex() + stream.missing - missing);
        in.skipBytes(at - start);
        stream.missing = missing;
        chunkMissing = chunk;
        if (missing == 0) {
            finishMessage(stream);
        } else if (chunk == 0) {
            current = null;
        }
    }

    private void finishMessage(ChunkStream stream) throws RtmpProtocolException {
        ByteBuf payload = Objects.requireNonNull(stream.partial);
        partialBytes -= payload.capacity();
        stream.partial = null;
        current = null;
        sink.message(stream.type, stream.time & 0xFFFF_FFFFL, stream.messageStreamId, payload);
    }

    private void dropPartial(ChunkStream stream) {
        ByteBuf partial = stream.partial;
        if (partial != null) {
            partialBytes -= partial.capacity();
            partial.release();
            stream.partial = null;
            abandonedMessages++;
        }
        if (current == stream) {
            current = null;
        }
    }

    private @Nullable ChunkStream find(int id) {
        for (int i = 0; i < streamCount; i++) {
            if (streams[i].id == id) {
                return streams[i];
            }
        }
        return null;
    }

    private ChunkStream add(int id) throws RtmpProtocolException {
        if (streamCount == MAX_CHUNK_STREAMS) {
            throw new RtmpProtocolException("more than " + MAX_CHUNK_STREAMS + " chunk streams");
        }
        var stream = new ChunkStream(id);
        streams[streamCount++] = stream;
        return stream;
    }

    /// Releases what is unfinished. Safe to call from within the sink.
    @Override
    public void close() {
        closed = true;
        for (int i = 0; i < streamCount; i++) {
            ByteBuf partial = streams[i].partial;
            if (partial != null) {
                partial.release();
                streams[i].partial = null;
            }
        }
        current = null;
    }
}
