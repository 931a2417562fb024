package io.millrace.delivery.packaging;

import io.millrace.delivery.drm.ContentKey;
import io.millrace.delivery.drm.WholeSegmentCipher;
import io.millrace.delivery.failure.MediaException;
import io.millrace.storage.blob.BlobReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.List;

/// A segment encrypted whole by AES-128. Its size is known beforehand; its bytes are made in memory
/// whatever the segment below is, piece by piece where that one is.
public final class EncryptedSegment implements MediaSegment {
    private final MediaSegment clear;
    private final ContentKey key;
    private final byte[] iv;

    /// @param iv 16 bytes
    public EncryptedSegment(MediaSegment clear, ContentKey key, byte[] iv) {
        this.clear = clear;
        this.key = key;
        this.iv = iv.clone();
    }

    @Override
    public long sizeBytes() {
        return WholeSegmentCipher.encryptedSize(clear.sizeBytes());
    }

    @Override
    public boolean readsSources() {
        return true;
    }

    @Override
    public List<SegmentBody.FileRange> sourceRanges() {
        return clear.sourceRanges();
    }

    @Override
    public SegmentBody write(ByteBufAllocator allocator, List<? extends BlobReader> sources)
            throws IOException, MediaException {
        ByteBuf bytes = GatheredBytes.of(clear.write(allocator, sources), allocator, sources);
        try {
            int size = bytes.readableBytes();
            byte[] last =
                    WholeSegmentCipher.encrypt(bytes.nioBuffer(bytes.readerIndex(), size), key, iv);
            bytes.writerIndex(bytes.writerIndex() - size % ContentKey.SIZE);
            List<SegmentBody.Part> parts =
                    List.of(
                            new SegmentBody.Made(bytes),
                            new SegmentBody.Made(Unpooled.wrappedBuffer(last)));
            return new SegmentBody(parts, bytes.readableBytes() + (long) last.length);
        } catch (Throwable failure) {
            bytes.release();
            throw failure;
        }
    }

    @Override
    public @Nullable SegmentPieces pieces(
            ByteBufAllocator allocator, List<? extends BlobReader> sources) {
        SegmentPieces pieces = clear.pieces(allocator, sources);
        return pieces == null
                ? null
                : new EncryptedPieces(pieces, clear.sizeBytes(), new WholeSegmentCipher(key, iv));
    }

    @Override
    public boolean readsOnly(SourceCheck check) {
        return clear.readsOnly(check);
    }
}
