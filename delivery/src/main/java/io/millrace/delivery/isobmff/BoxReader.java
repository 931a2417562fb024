package io.millrace.delivery.isobmff;

import io.millrace.delivery.failure.MalformedMediaException;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;

/// One box's body in memory: fields read in order, children by type. Reading past the body throws
/// with the box's path and the byte's offset in the file. One thread at a time.
final class BoxReader {
    static final int MAX_DEPTH = 16;

    private final byte[] bytes;
    private final long fileOffset; // of bytes[0]
    private final String path;
    private final int depth;
    private final int type;
    private final int start;
    private final int end;
    private int at;

    private BoxReader(
            byte[] bytes, long fileOffset, String path, int depth, int type, int start, int end) {
        this.bytes = bytes;
        this.fileOffset = fileOffset;
        this.path = path;
        this.depth = depth;
        this.type = type;
        this.start = start;
        this.end = end;
        this.at = start;
    }

    /// @param bytes the body of a box
    /// @param fileOffset where the body starts
    static BoxReader of(int type, byte[] bytes, long fileOffset) {
        return new BoxReader(
                bytes, fileOffset, FourCc.name(type).strip(), 0, type, 0, bytes.length);
    }

    int type() {
        return type;
    }

    String path() {
        return path;
    }

    long offset() {
        return fileOffset + at;
    }

    /// Bytes of the body that have been read.
    int position() {
        return at - start;
    }

    /// What is left, as a reader of its own; this one stays where it is.
    BoxReader fromHere() {
        return new BoxReader(bytes, fileOffset, path, depth, type, at, end);
    }

    /// The 32 bits that lie `ahead` bytes on; the position stays.
    long peekU32(int ahead) throws MalformedMediaException {
        need(ahead + 4);
        int saved = at;
        at += ahead;
        long value = u32();
        at = saved;
        return value;
    }

    int left() {
        return end - at;
    }

    private void need(int count) throws MalformedMediaException {
        if (count > end - at) {
            throw new MalformedMediaException(
                    path, offset(), (end - at) + " bytes left (expected: " + count + ")");
        }
    }

    int u8() throws MalformedMediaException {
        need(1);
        return bytes[at++] & 0xFF;
    }

    int u16() throws MalformedMediaException {
        need(2);
        int value = (bytes[at] & 0xFF) << 8 | bytes[at + 1] & 0xFF;
        at += 2;
        return value;
    }

    int i32() throws MalformedMediaException {
        need(4);
        int value =
                bytes[at] << 24
                        | (bytes[at + 1] & 0xFF) << 16
                        | (bytes[at + 2] & 0xFF) << 8
                        | bytes[at + 3] & 0xFF;
        at += 4;
        return value;
    }

    long u32() throws MalformedMediaException {
        return i32() & 0xFFFF_FFFFL;
    }

    long i64() throws MalformedMediaException {
        long high = i32();
        return high << 32 | u32();
    }

    /// The next `into.length` signed 32-bit numbers at once.
    void ints(int[] into) throws MalformedMediaException {
        if (into.length > left() / 4) {
            need(Integer.MAX_VALUE);
        }
        ByteBuffer.wrap(bytes, at, 4 * into.length).asIntBuffer().get(into);
        at += 4 * into.length;
    }

    /// A 64-bit number of which we take 62 bits: what is larger is a lie, and sums stay in range.
    long u62() throws MalformedMediaException {
        long value = i64();
        if (value < 0 || value > Long.MAX_VALUE >> 1) {
            throw new MalformedMediaException(path, offset() - 8, "value " + value);
        }
        return value;
    }

    void skip(int count) throws MalformedMediaException {
        need(count);
        at += count;
    }

    byte[] rest() {
        byte[] rest = new byte[end - at];
        System.arraycopy(bytes, at, rest, 0, rest.length);
        at = end;
        return rest;
    }

    /// The count of a table, checked against what the box can hold before anybody allocates.
    int entries(int bytesEach) throws MalformedMediaException {
        long count = u32();
        if (count * bytesEach > left()) {
            throw new MalformedMediaException(
                    path,
                    offset() - 4,
                    count + " entries of " + bytesEach + " bytes in " + left() + " bytes");
        }
        return (int) count;
    }

    /// The next child, or null at the end. Fewer than eight bytes at the end are padding.
    @Nullable BoxReader next() throws MalformedMediaException {
        if (left() < 8) {
            return null;
        }
        int boxStart = at;
        long size = u32();
        int childType = i32();
        int body = at;
        if (size == 1) {
            size = u62();
            body = at;
        } else if (size == 0) {
            size = end - boxStart;
        }
        if (size < body - boxStart || size > end - boxStart) {
            throw new MalformedMediaException(
                    path + "/" + FourCc.name(childType),
                    fileOffset + boxStart,
                    "size " + size + " (expected: 8.." + (end - boxStart) + ")");
        }
        if (depth + 1 > MAX_DEPTH) {
            throw new MalformedMediaException(path, offset(), "boxes deeper than " + MAX_DEPTH);
        }
        at = boxStart + (int) size;
        return new BoxReader(
                bytes,
                fileOffset,
                path + "/" + FourCc.name(childType).strip(),
                depth + 1,
                childType,
                body,
                boxStart + (int) size);
    }

    /// The first child of a type from the start of the body, or null. Leaves the position alone.
    @Nullable BoxReader child(String name) throws MalformedMediaException {
        int wanted = FourCc.of(name);
        int saved = at;
        at = start;
        try {
            for (BoxReader box = next(); box != null; box = next()) {
                if (box.type == wanted) {
                    return box;
                }
            }
            return null;
        } finally {
            at = saved;
        }
    }

    BoxReader require(String name) throws MalformedMediaException {
        BoxReader box = child(name);
        if (box == null) {
            throw new MalformedMediaException(path, fileOffset + start, "no " + name + " box");
        }
        return box;
    }

    /// The whole box with its header, when this one was got by {@link #next} with a short header.
    byte[] whole() {
        byte[] whole = new byte[end - start + 8];
        int size = whole.length;
        whole[0] = (byte) (size >> 24);
        whole[1] = (byte) (size >> 16);
        whole[2] = (byte) (size >> 8);
        whole[3] = (byte) size;
        for (int i = 0; i < 4; i++) {
            whole[4 + i] = (byte) (type >> (24 - 8 * i));
        }
        System.arraycopy(bytes, start, whole, 8, end - start);
        return whole;
    }
}
