package io.millrace.delivery.http;

import io.millrace.storage.blob.BlobReader;
import io.netty.buffer.ByteBuf;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/// A stretch of a body that is read into memory of ours: where files cannot be sent as they lie,
/// for TLS or because they are no files here. Immutable; filled on any thread.
///
/// @param part where it begins
/// @param offset in that part
record PartsPiece(List<HttpBody.Part> parts, int part, long offset, int length) {
    /// The next one, up to bytes that are made, or that go by sendfile.
    ///
    /// @param most its length
    /// @param regionBytes from where on a part of a local file is left to sendfile; MAX_VALUE:
    ///   never
    static PartsPiece next(PartsCursor at, int most, int regionBytes) {
        List<HttpBody.Part> parts = at.parts();
        int bytes = 0;
        long offset = at.offset();
        for (int i = at.part(); i < parts.size() && bytes < most; i++) {
            HttpBody.Part part = parts.get(i);
            long left = part.sizeBytes() - offset;
            if (part instanceof HttpBody.MadePart
                    || bytes > 0
                            && left >= regionBytes
                            && part instanceof HttpBody.BlobPart blob
                            && blob.reader().channel().isPresent()) {
                break;
            }
            bytes += (int) Math.min(left, most - bytes);
            offset = 0;
        }
        return new PartsPiece(parts, at.part(), at.offset(), bytes);
    }

    /// Reads it.
    ///
    /// @param residentOnly whether to give up (false) where bytes are not in memory
    boolean fill(ByteBuf target, boolean residentOnly) throws IOException {
        int index = part;
        long at = offset;
        while (target.readableBytes() < length) {
            HttpBody.Part from = parts.get(index);
            int take = (int) Math.min(from.sizeBytes() - at, length - target.readableBytes());
            switch (from) {
                case HttpBody.BufferPart(ByteBuf buffer) ->
                        target.writeBytes(buffer, buffer.readerIndex() + (int) at, take);
                case HttpBody.BlobPart blob -> {
                    if (!read(blob.reader(), blob.position() + at, target, take, residentOnly)) {
                        return false;
                    }
                }
                case HttpBody.MadePart _ ->
                        throw new IllegalStateException("made part: no piece holds it");
            }
            index++;
            at = 0;
        }
        return true;
    }

    private static boolean read(
            BlobReader reader, long position, ByteBuf target, int length, boolean residentOnly)
            throws IOException {
        ByteBuffer window = target.internalNioBuffer(target.writerIndex(), length);
        long at = position;
        while (window.hasRemaining()) {
            int count = residentOnly ? reader.readResident(window, at) : reader.read(window, at);
            if (count == 0 && residentOnly) {
                return false;
            }
            if (count < 0) {
                throw new EOFException(
                        reader.info().key()
                                + " ends at "
                                + at
                                + ", before the range it was asked for");
            }
            at += count;
        }
        target.writerIndex(target.writerIndex() + length);
        return true;
    }
}
