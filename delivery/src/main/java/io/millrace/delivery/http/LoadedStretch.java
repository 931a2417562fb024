package io.millrace.delivery.http;

import io.millrace.storage.blob.BlobReader;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/// What of a body's local files is known to be in memory, a stretch ahead of its cursor: an event
/// loop sends only that, and has {@link ColdReads} bring the rest. Its event loop only.
final class LoadedStretch {
    /// Looked at, and brought into memory, at a time.
    private static final int STRETCH_BYTES = 2 << 20;

    /// What a stretch of scattered runs may span in the file.
    private static final long MAX_SPAN_BYTES = 8L << 20;

    private final PartsCursor at;
    private final BodySink sink;
    private final Consumer<@Nullable Throwable> brought;

    /// Up to here parts are known to be in memory.
    private int endPart = -1;

    private long endOffset;

    /// @param brought run on the event loop when what {@link #look} began has ended
    LoadedStretch(PartsCursor at, BodySink sink, Consumer<@Nullable Throwable> brought) {
        this.at = at;
        this.sink = sink;
        this.brought = brought;
    }

    /// Whether the bytes at a place are known to be in memory.
    boolean holds(int part, long offset) {
        return part < endPart || part == endPart && offset < endOffset;
    }

    /// How many bytes of a part are, from a place that is {@link #holds held}.
    long held(int part, long offset, long sizeBytes) {
        return (part == endPart ? endOffset : sizeBytes) - offset;
    }

    /// Looks whether the next stretch is in memory.
    ///
    /// @return false when it is not, and is being brought
    /// @throws IOException when too many wait for storage
    boolean look(BlobReader reader, FilePages pages) throws IOException {
        long from = Long.MAX_VALUE;
        long to = 0;
        long bytes = 0;
        int part = at.part();
        long offset = at.offset();
        while (part < at.parts().size() && bytes < STRETCH_BYTES) {
            if (at.parts().get(part) instanceof HttpBody.BlobPart blob) {
                long take = Math.min(blob.sizeBytes() - offset, STRETCH_BYTES - bytes);
                long start = blob.position() + offset;
                if (blob.reader() != reader
                        || bytes > 0
                                && Math.max(to, start + take) - Math.min(from, start)
                                        > MAX_SPAN_BYTES) {
                    break;
                }
                from = Math.min(from, start);
                to = Math.max(to, start + take);
                bytes += take;
                offset += take;
                if (offset < blob.sizeBytes()) {
                    break;
                }
            }
            part++;
            offset = 0;
        }
        endPart = part;
        endOffset = offset;
        if (pages.areResident(from, to - from)) {
            return true;
        }
        int fromPart = at.part();
        long fromOffset = at.offset();
        int untilPart = part;
        long untilOffset = offset;
        try {
            ColdReads.execute(() -> bring(fromPart, fromOffset, untilPart, untilOffset));
        } catch (RejectedExecutionException e) {
            throw new IOException("storage is too slow: too many reads wait", e);
        }
        return false;
    }

    private void bring(int fromPart, long fromOffset, int untilPart, long untilOffset) {
        Throwable failure = null;
        try {
            long offset = fromOffset;
            for (int i = fromPart; i <= untilPart && i < at.parts().size(); i++) {
                if (at.parts().get(i) instanceof HttpBody.BlobPart blob) {
                    long until = i == untilPart ? untilOffset : blob.sizeBytes();
                    ColdReads.load(blob.reader(), blob.position() + offset, until - offset);
                }
                offset = 0;
            }
        } catch (Throwable t) {
            failure = t;
        }
        Throwable result = failure;
        try {
            sink.eventLoop().execute(() -> brought.accept(result));
        } catch (RejectedExecutionException _) {
            // The server stopped, and the connection with it.
        }
    }
}
