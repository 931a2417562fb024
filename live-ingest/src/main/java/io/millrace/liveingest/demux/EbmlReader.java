package io.millrace.liveingest.demux;

import io.millrace.delivery.failure.MalformedMediaException;
import io.netty.buffer.ByteBuf;

/// Numbers and element heads of EBML, RFC 8794 §4 to §7, out of bytes that are all there. Reading
/// moves the buffer's reader index.
final class EbmlReader {
    /// A size that is not known: the element ends where its parent does, or where something begins
    /// that cannot be in it.
    static final long UNKNOWN = -1;

    private EbmlReader() {}

    /// Length of the element id at the reader index, by its first byte.
    static int idLength(ByteBuf in, int at) throws MalformedMediaException {
        int length = Integer.numberOfLeadingZeros(in.getUnsignedByte(at)) - 23;
        if (length > 4) {
            throw new MalformedMediaException(
                    "EBML: an element id begins with " + in.getUnsignedByte(at));
        }
        return length;
    }

    /// Length of a size, or of another number, by its first byte.
    static int numberLength(ByteBuf in, int at) throws MalformedMediaException {
        int first = in.getUnsignedByte(at);
        if (first == 0) {
            throw new MalformedMediaException("EBML: a number of more than 8 bytes");
        }
        return Integer.numberOfLeadingZeros(first) - 23;
    }

    /// An id with its marker bits, as specifications write it.
    static int id(ByteBuf in) throws MalformedMediaException {
        need(in, 1);
        int length = idLength(in, in.readerIndex());
        need(in, length);
        int id = 0;
        for (int i = 0; i < length; i++) {
            id = id << 8 | in.readUnsignedByte();
        }
        return id;
    }

    /// The size of an element, or {@link #UNKNOWN}.
    static long size(ByteBuf in) throws MalformedMediaException {
        need(in, 1);
        int length = numberLength(in, in.readerIndex());
        need(in, length);
        long value = in.readUnsignedByte() & (1 << (8 - length)) - 1;
        for (int i = 1; i < length; i++) {
            value = value << 8 | in.readUnsignedByte();
        }
        return value == (1L << 7 * length) - 1 ? UNKNOWN : value;
    }

    /// An element within one that is here whole.
    static ByteBuf body(ByteBuf in, String name) throws MalformedMediaException {
        long size = size(in);
        if (size == UNKNOWN) {
            return in.readSlice(in.readableBytes());
        }
        if (size > in.readableBytes()) {
            throw new MalformedMediaException(
                    name
                            + ": an element of "
                            + size
                            + " bytes (expected: 0.."
                            + in.readableBytes()
                            + ")");
        }
        return in.readSlice((int) size);
    }

    /// An unsigned integer element's value.
    ///
    /// @param max a larger one is a lie
    static long unsigned(ByteBuf body, String name, long max) throws MalformedMediaException {
        int length = body.readableBytes();
        if (length > 8) {
            throw new MalformedMediaException(name + ": an integer of " + length + " bytes");
        }
        long value = 0;
        for (int i = 0; i < length; i++) {
            value = value << 8 | body.readUnsignedByte();
        }
        if (value < 0 || value > max) {
            throw new MalformedMediaException(
                    name + ": " + Long.toUnsignedString(value) + " (expected: 0.." + max + ")");
        }
        return value;
    }

    static void need(ByteBuf in, int bytes) throws MalformedMediaException {
        if (in.readableBytes() < bytes) {
            throw new MalformedMediaException(
                    "EBML: " + in.readableBytes() + " bytes left (expected: " + bytes + ")");
        }
    }
}
