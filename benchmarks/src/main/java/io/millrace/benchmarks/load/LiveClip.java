package io.millrace.benchmarks.load;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// An FLV file as RTMP messages that are cut into chunks once: what changes with each round of the
/// clip and each publisher, the first chunk's header, is written when they are sent. Does not
/// change once made, but for {@link Message#stamp}.
final class LiveClip {
    static final int CHUNK_SIZE = 4096;
    private static final int AUDIO = 8;
    private static final int VIDEO = 9;
    private static final int STAMP_BYTES = Long.BYTES;
    private static final int FRAME_MS = 33;

    /// @param type 8 or 9
    /// @param config whether it holds a decoder configuration
    /// @param length of the body
    /// @param chunks the body with the headers of its second and further chunks in it
    record Message(int type, boolean config, boolean key, long timeMs, int length, ByteBuf chunks) {
        /// Writes the header of the first chunk.
        void header(long timestampMs, ByteBuf out) {
            out.writeByte(type == AUDIO ? 4 : 6);
            out.writeMedium((int) timestampMs).writeMedium(length).writeByte(type).writeIntLE(1);
        }

        boolean isPicture() {
            return type == VIDEO && !config;
        }

        /// Writes the time into the last bytes, so that a viewer sees how old a picture is. Only
        /// where no other publisher sends this clip.
        void stamp(long nanos) {
            if (isPicture() && (length - 1) % CHUNK_SIZE >= STAMP_BYTES) {
                chunks.setLong(chunks.writerIndex() - STAMP_BYTES, nanos);
            }
        }
    }

    final List<Message> configs = new ArrayList<>();
    final List<Message> media = new ArrayList<>();
    final long durationMs;

    LiveClip(Path flv) throws IOException {
        ByteBuf in = Unpooled.wrappedBuffer(Files.readAllBytes(flv));
        in.skipBytes(13);
        long last = 0;
        long lastPicture = -1;
        while (in.readableBytes() > 15) {
            int type = in.readUnsignedByte();
            int size = in.readUnsignedMedium();
            long time = in.readUnsignedMedium() | (long) in.readUnsignedByte() << 24;
            in.skipBytes(3);
            ByteBuf body = in.readSlice(size);
            in.skipBytes(4);
            if (type == AUDIO || type == VIDEO) {
                boolean config = body.getByte(1) == 0;
                boolean key = type == VIDEO && body.getUnsignedByte(0) >> 4 == 1;
                (config ? configs : media)
                        .add(new Message(type, config, key, time, size, chunks(type, body)));
                last = Math.max(last, time);
                lastPicture = type == VIDEO && !config ? time : lastPicture;
            }
        }
        // Sound that goes on after the pictures would stretch the last of them at each repetition.
        durationMs = (lastPicture < 0 ? last : lastPicture) + FRAME_MS;
        media.removeIf(message -> message.timeMs() >= durationMs);
    }

    private static ByteBuf chunks(int type, ByteBuf body) {
        ByteBuf out =
                Unpooled.directBuffer(body.readableBytes() + body.readableBytes() / CHUNK_SIZE);
        out.writeBytes(body, Math.min(CHUNK_SIZE, body.readableBytes()));
        while (body.isReadable()) {
            out.writeByte(0xC0 | (type == AUDIO ? 4 : 6));
            out.writeBytes(body, Math.min(CHUNK_SIZE, body.readableBytes()));
        }
        return out;
    }
}
