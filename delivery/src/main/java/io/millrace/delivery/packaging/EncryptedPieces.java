package io.millrace.delivery.packaging;

import io.millrace.delivery.drm.ContentKey;
import io.millrace.delivery.drm.WholeSegmentCipher;
import io.millrace.delivery.failure.MediaException;
import io.netty.buffer.ByteBuf;

import java.io.IOException;
import java.nio.ByteBuffer;

/// A segment's pieces encrypted whole by AES-128 as they are made. What is left of a piece behind
/// its last whole block goes with the next one.
final class EncryptedPieces implements SegmentPieces {
    private final SegmentPieces clear;
    private final WholeSegmentCipher cipher;
    private final byte[] carried = new byte[ContentKey.SIZE];
    private int carriedBytes;

    /// Of the clear segment, behind the piece decided on.
    private long leftBytes;

    private int clearBytes;

    /// @param clearSegmentBytes of all its pieces
    EncryptedPieces(SegmentPieces clear, long clearSegmentBytes, WholeSegmentCipher cipher) {
        this.clear = clear;
        this.leftBytes = clearSegmentBytes;
        this.cipher = cipher;
    }

    @Override
    public int next(int wantedBytes) {
        clearBytes = clear.next(wantedBytes);
        leftBytes -= clearBytes;
        return clearBytes == 0
                ? 0
                : wholeBlocks(carriedBytes + clearBytes) + (leftBytes == 0 ? ContentKey.SIZE : 0);
    }

    private static int wholeBlocks(int bytes) {
        return bytes / ContentKey.SIZE * ContentKey.SIZE;
    }

    @Override
    public boolean make(ByteBuf target, boolean residentOnly) throws IOException, MediaException {
        int start = target.writerIndex();
        target.writeBytes(carried, 0, carriedBytes);
        boolean isMade = false;
        try {
            isMade = clear.make(target, residentOnly);
        } finally {
            if (!isMade) {
                target.writerIndex(start);
            }
        }
        if (!isMade) {
            return false;
        }
        int length = target.writerIndex() - start;
        int whole = wholeBlocks(length);
        ByteBuffer bytes = target.nioBuffer(start, length);
        cipher.update(bytes, whole);
        target.writerIndex(start + whole);
        if (leftBytes == 0) {
            target.writeBytes(cipher.last(bytes, whole, length - whole));
        } else {
            carriedBytes = length - whole;
            bytes.get(whole, carried, 0, carriedBytes);
        }
        return true;
    }
}
