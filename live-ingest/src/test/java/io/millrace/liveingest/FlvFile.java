package io.millrace.liveingest;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The tags of an FLV file, to look at and to change what a real encoder wrote.
public record FlvFile(List<Tag> tags) {
    private static final int HEADER_BYTES = 13;
    private static final int VIDEO = 9;

    /// @param type 8 sound, 9 video, 18 script
    public record Tag(int type, int timeMs, byte[] body) {
        public boolean isVideo() {
            return type == VIDEO;
        }
    }

    public static FlvFile read(Path file) throws IOException {
        ByteBuf in = Unpooled.wrappedBuffer(Files.readAllBytes(file)).skipBytes(HEADER_BYTES);
        List<Tag> tags = new ArrayList<>();
        while (in.readableBytes() > 11) {
            int type = in.readByte();
            int size = in.readUnsignedMedium();
            int time = in.readUnsignedMedium() | in.readUnsignedByte() << 24;
            in.skipBytes(3);
            if (in.readableBytes() < size) {
                break; // cut off
            }
            byte[] body = new byte[size];
            in.readBytes(body).skipBytes(Math.min(4, in.readableBytes()));
            tags.add(new Tag(type, time, body));
        }
        return new FlvFile(tags);
    }

    /// Behind the header of one with sound and pictures.
    public void write(Path file) throws IOException {
        var out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {'F', 'L', 'V', 1, 5, 0, 0, 0, 9, 0, 0, 0, 0});
        for (Tag tag : tags) {
            int size = tag.body().length;
            ByteBuf head = Unpooled.buffer(15).writeByte(tag.type()).writeMedium(size);
            head.writeMedium(tag.timeMs()).writeByte(tag.timeMs() >>> 24).writeMedium(0);
            out.write(head.array(), 0, head.readableBytes());
            out.writeBytes(tag.body());
            out.writeBytes(Unpooled.buffer(4).writeInt(11 + size).array());
        }
        Files.write(file, out.toByteArray());
    }
}
