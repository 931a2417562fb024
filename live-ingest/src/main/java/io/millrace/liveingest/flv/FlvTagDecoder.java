package io.millrace.liveingest.flv;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

import org.jspecify.annotations.Nullable;

/// Takes an FLV stream (FLV 10.1 Annex E) apart as its bytes come, in whatever pieces. Its writer
/// is not trusted: a tag's memory grows with what arrives. One thread at a time.
///
/// | part | bytes |
/// |---|---|
/// | header | "FLV", version u8, flags u8, header size u32, then u32 0 |
/// | tag | type u8 (lower 5 bits), size u24, time u24, its bits 24..31 u8, stream id u24, body, u32 |
public final class FlvTagDecoder implements AutoCloseable {
    public static final int AUDIO = 8;
    public static final int VIDEO = 9;
    public static final int SCRIPT = 18;

    private static final int MAX_BODY_BYTES = 8 << 20;
    private static final int FIRST_BYTES = 64 << 10;
    private static final int FILE_HEADER_BYTES = 13;
    private static final int TAG_HEADER_BYTES = 11;
    private static final int TRAILER_BYTES = 4;

    /// Where tags go.
    @FunctionalInterface
    public interface Tags {
        /// Takes `body` over.
        ///
        /// @param timeMs unsigned 32 bit
        void tag(int type, long timeMs, ByteBuf body);
    }

    private enum State {
        FILE_HEADER,
        TAG_HEADER,
        BODY,
        TRAILER
    }

    private final ByteBufAllocator allocator;
    private final Tags tags;
    private final byte[] header = new byte[FILE_HEADER_BYTES];
    private int have;
    private State state = State.FILE_HEADER;
    private int type;
    private long timeMs;
    private int size;
    private @Nullable ByteBuf body;

    public FlvTagDecoder(ByteBufAllocator allocator, Tags tags) {
        this.allocator = allocator;
        this.tags = tags;
    }

    /// Reads all of `in`; borrows it.
    public void read(ByteBuf in) throws FlvException {
        while (in.isReadable()) {
            switch (state) {
                case FILE_HEADER -> {
                    if (gathered(in, FILE_HEADER_BYTES)) {
                        if (header[0] != 'F' || header[1] != 'L' || header[2] != 'V') {
                            throw new FlvException("no FLV header");
                        }
                        if (integer(5) != FILE_HEADER_BYTES - TRAILER_BYTES) {
                            throw new FlvException("FLV header of an unknown size");
                        }
                        state = State.TAG_HEADER;
                    }
                }
                case TAG_HEADER -> {
                    if (gathered(in, TAG_HEADER_BYTES)) {
                        beginTag();
                    }
                }
                case BODY -> body(in);
                case TRAILER -> {
                    if (gathered(in, TRAILER_BYTES)) {
                        state = State.TAG_HEADER;
                    }
                }
            }
        }
    }

    private void beginTag() throws FlvException {
        type = header[0] & 0x1F;
        size = integer(0) & 0xFF_FFFF;
        timeMs = (integer(4) >>> 8 | header[7] << 24) & 0xFFFF_FFFFL;
        if (size > MAX_BODY_BYTES) {
            throw new FlvException("tag of " + size + " bytes");
        }
        body = allocator.buffer(Math.clamp(size, 1, FIRST_BYTES));
        state = State.BODY;
        if (size == 0) {
            endBody();
        }
    }

    private void body(ByteBuf in) {
        ByteBuf into = body;
        if (into == null) {
            throw new IllegalStateException("closed");
        }
        into.writeBytes(in, Math.min(in.readableBytes(), size - into.readableBytes()));
        if (into.readableBytes() == size) {
            endBody();
        }
    }

    private void endBody() {
        ByteBuf whole = body;
        body = null;
        state = State.TRAILER;
        if (whole != null) {
            tags.tag(type, timeMs, whole);
        }
    }

    /// Whether {@link #header} holds so many bytes now.
    private boolean gathered(ByteBuf in, int bytes) {
        int more = Math.min(bytes - have, in.readableBytes());
        in.readBytes(header, have, more);
        have += more;
        if (have < bytes) {
            return false;
        }
        have = 0;
        return true;
    }

    private int integer(int at) {
        return (header[at] & 0xFF) << 24
                | (header[at + 1] & 0xFF) << 16
                | (header[at + 2] & 0xFF) << 8
                | header[at + 3] & 0xFF;
    }

    /// Releases what is not whole.
    @Override
    public void close() {
        if (body != null) {
            body.release();
            body = null;
        }
    }
}
