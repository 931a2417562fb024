package io.millrace.delivery.isobmff;

import io.millrace.delivery.failure.MalformedMediaException;
import io.millrace.delivery.failure.UnsupportedMediaException;
import io.millrace.storage.blob.BlobReader;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;

/// The boxes at the top level of a file, one after the other, by positional reads of their headers.
/// One thread at a time.
final class FileBoxes {
    /// A file with more is not made to be played. A day of recording has a million.
    private static final int MAX_BOXES = 30_000_000;

    private static final int HEADER = 16;

    /// Read at a time.
    private static final int BLOCK = 128 << 10;

    private final BlobReader file;
    private final long fileSize;
    private final ByteBuffer header = ByteBuffer.allocate(HEADER);
    private int count;
    private long nextOffset;
    private long boxOffset;
    private long bodyOffset;
    private long end;
    private int type;

    FileBoxes(BlobReader file) {
        this.file = file;
        this.fileSize = file.info().sizeBytes();
    }

    /// Moves to the next box.
    ///
    /// @return false at the end of the file, or where what is left is no box header
    boolean next() throws IOException, MalformedMediaException {
        if (nextOffset > fileSize - 8) {
            return false;
        }
        header.clear();
        while (header.hasRemaining()) {
            if (file.read(header, nextOffset + header.position()) < 0) {
                break;
            }
        }
        if (header.position() < 8) {
            return false;
        }
        long size = header.getInt(0) & 0xFFFF_FFFFL;
        type = header.getInt(4);
        boxOffset = nextOffset;
        bodyOffset = boxOffset + 8;
        if (size == 1 && header.position() == HEADER) {
            size = header.getLong(8);
            bodyOffset = boxOffset + HEADER;
        } else if (size == 0) {
            size = fileSize - boxOffset;
        }
        if (size < bodyOffset - boxOffset || size > Long.MAX_VALUE - boxOffset) {
            throw new MalformedMediaException(
                    FourCc.name(type), boxOffset, "size " + size + " (expected: at least 8)");
        }
        if (++count > MAX_BOXES) {
            throw new MalformedMediaException(
                    FourCc.name(type), boxOffset, "more than " + MAX_BOXES + " boxes");
        }
        end = boxOffset + size;
        nextOffset = end;
        return true;
    }

    int type() {
        return type;
    }

    /// Where the box starts, header included.
    long offset() {
        return boxOffset;
    }

    /// Where it ends by its own word; may lie past the file's end.
    long end() {
        return end;
    }

    boolean isWhole() {
        return end <= fileSize;
    }

    BoxReader read(long maxBytes)
            throws IOException, MalformedMediaException, UnsupportedMediaException {
        if (!isWhole()) {
            throw new MalformedMediaException(
                    FourCc.name(type),
                    boxOffset,
                    "ends at byte " + end + " of " + fileSize + ": the file is truncated");
        }
        long size = end - bodyOffset;
        if (size > maxBytes) {
            throw new UnsupportedMediaException(
                    FourCc.name(type),
                    boxOffset,
                    size + " bytes (expected: at most " + maxBytes + ")");
        }
        byte[] body = new byte[(int) size];
        // By way of a block off the heap: a reader would take a copy of all of it there.
        ByteBuffer block = ByteBuffer.allocateDirect(Math.min(BLOCK, Math.max(1, body.length)));
        for (int at = 0; at < body.length; ) {
            block.clear().limit(Math.min(block.capacity(), body.length - at));
            if (file.read(block, bodyOffset + at) < 0) {
                throw new EOFException(file.info().key() + " ends inside " + FourCc.name(type));
            }
            block.flip();
            int read = block.remaining();
            block.get(body, at, read);
            at += read;
        }
        return BoxReader.of(type, body, bodyOffset);
    }
}
