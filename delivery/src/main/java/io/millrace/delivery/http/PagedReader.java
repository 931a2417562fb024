package io.millrace.delivery.http;

import io.millrace.storage.blob.BlobReader;

import org.jspecify.annotations.Nullable;

/// A reader of a local file that knows which of its bytes are in memory.
public interface PagedReader extends BlobReader {
    /// The file's pages; they live as long as the reader. Null when the file cannot be mapped.
    @Nullable FilePages pages();

    /// Whether a range is in memory now; cheap, and never waits.
    default boolean isResident(long position, long length) {
        if (isInMemory()) {
            return true;
        }
        FilePages pages = pages();
        return pages != null && pages.areResident(position, length);
    }

    /// Whether all of it is always in memory.
    default boolean isInMemory() {
        return false;
    }
}
