package io.millrace.delivery.packaging;

import io.millrace.delivery.failure.MediaException;
import io.millrace.storage.blob.BlobReader;
import io.netty.buffer.ByteBufAllocator;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.List;

/// One segment, chosen but not written: enough for HEAD and `Content-Length`. Immutable,
/// thread-safe.
public interface MediaSegment {
    /// Exactly what {@link #write} will give, unless {@link #isSizeExact} says that it is only what
    /// is expected.
    long sizeBytes();

    /// False where the size follows from the media's bytes (sample encryption): then a reply to
    /// HEAD needs the body, too.
    default boolean isSizeExact() {
        return true;
    }

    /// Whether {@link #write} reads the sources (blocking: a virtual thread's work) or only names
    /// ranges of them (cheap enough for an event loop; readers may be empty).
    boolean readsSources();

    /// The bytes of the presentation's files that {@link #write} reads or names; empty where that
    /// is not said (single files).
    default List<SegmentBody.FileRange> sourceRanges() {
        return List.of();
    }

    /// What this weighs in a cache; 0: not worth keeping, it is quickly made anew.
    default int estimatedBytes() {
        return 0;
    }

    /// Makes the reply.
    ///
    /// @param sources the set's files, open, in its order; borrowed
    /// @return a body the caller releases
    /// @throws IOException when a source cannot be read or is shorter than its index says
    SegmentBody write(ByteBufAllocator allocator, List<? extends BlobReader> sources)
            throws IOException, MediaException;

    /// What {@link #write} gives, to be made as the client takes it.
    ///
    /// @param sources as for {@link #write}; they stay open until the last piece is made
    /// @return null for segments that are written whole
    default @Nullable SegmentPieces pieces(
            ByteBufAllocator allocator, List<? extends BlobReader> sources) {
        return null;
    }

    /// Whether all that {@link #pieces} will read passes a check.
    default boolean readsOnly(SourceCheck check) {
        return false;
    }

    /// Says something about a range of a source file.
    @FunctionalInterface
    interface SourceCheck {
        /// @param file position among the open files
        boolean test(int file, long offset, long length);
    }
}
