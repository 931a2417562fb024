package io.millrace.delivery.http;

import io.millrace.storage.blob.BlobReader;
import io.netty.buffer.ByteBuf;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

/// Chooses what of a body goes to a plain socket in one call: buffers and short runs of local files
/// that are in memory, with the reply's head before them. Long runs are left to sendfile. Its event
/// loop only.
final class GatheredRuns {
    /// Below it a copy out of the page cache costs less than a sendfile call and its packet.
    static final int SENDFILE_MIN_BYTES = 48 << 10;

    /// The same for a whole short reply, whose head then needs no packet of its own. (`MSG_MORE` on
    /// the head of a sendfile is no way to save it: measured, it doubles the kernel's work.)
    private static final int SENDFILE_MIN_REPLY_BYTES = 96 << 10;

    /// For one call.
    private static final int MAX_BYTES = 1 << 20;

    private final PartsCursor at;
    private final LoadedStretch loaded;
    private boolean brings;
    private boolean goesOn;

    GatheredRuns(PartsCursor at, LoadedStretch loaded) {
        this.at = at;
        this.loaded = loaded;
    }

    /// Adds the head and what comes next.
    ///
    /// @return whether anything of the body was added
    boolean collect(SocketGather gather, @Nullable ByteBuf head) throws IOException {
        brings = false;
        goesOn = false;
        if (head != null && !gather.add(head, head.readerIndex(), head.readableBytes())) {
            return false;
        }
        long headBytes = gather.bytes();
        int part = at.part();
        long offset = at.offset();
        while (part < at.parts().size() && gather.hasRoom() && gather.bytes() < MAX_BYTES) {
            HttpBody.Part next = at.parts().get(part);
            long left = next.sizeBytes() - offset;
            if (left == 0) {
                part++;
                offset = 0;
                continue;
            }
            long added =
                    switch (next) {
                        case HttpBody.BufferPart(ByteBuf buffer) -> add(gather, buffer, offset);
                        case HttpBody.BlobPart blob ->
                                add(gather, blob, part, offset, head != null);
                        case HttpBody.MadePart _ -> 0;
                    };
            if (added == 0) {
                break;
            }
            offset += added;
        }
        goesOn = !brings && isNext(part, offset);
        return gather.bytes() > headBytes;
    }

    private static long add(SocketGather gather, ByteBuf buffer, long offset) {
        int from = buffer.readerIndex() + (int) offset;
        int length = buffer.writerIndex() - from;
        return gather.add(buffer, from, length) ? length : 0;
    }

    private long add(
            SocketGather gather, HttpBody.BlobPart blob, int part, long offset, boolean withHead)
            throws IOException {
        FilePages pages = pages(blob.reader());
        if (pages == null) {
            return 0;
        }
        if (!loaded.holds(part, offset)) {
            if (loaded.holds(at.part(), at.offset())) {
                // The stretch is at its end: what is next is looked at when this is sent.
                return 0;
            }
            brings = !loaded.look(blob.reader(), pages);
            if (brings || !loaded.holds(part, offset)) {
                return 0;
            }
        }
        long position = blob.position() + offset;
        long length = loaded.held(part, offset, blob.sizeBytes());
        boolean isShort =
                withHead
                        && gather.bytes() + length <= SENDFILE_MIN_REPLY_BYTES
                        && pages.isInOneWindow(position, length);
        if (!isShort && isRegion(blob, pages, position, length)) {
            return 0;
        }
        gather.add(pages.address(position), length);
        return length;
    }

    /// Whether what comes after a place goes the same way at once.
    private boolean isNext(int part, long offset) {
        if (part == at.parts().size()
                || !(at.parts().get(part) instanceof HttpBody.BlobPart blob)
                || !(pages(blob.reader()) instanceof FilePages pages)) {
            return false;
        }
        long left = blob.sizeBytes() - offset;
        return left == 0
                ? isNext(part + 1, 0)
                : loaded.holds(part, offset)
                        && !isRegion(blob, pages, blob.position() + offset, left);
    }

    /// Whether what comes next is being brought from storage.
    boolean brings() {
        return brings;
    }

    /// Whether more of the same follows at once.
    boolean goesOn() {
        return goesOn;
    }

    /// Whether a run of a file goes by sendfile.
    static boolean isRegion(HttpBody.BlobPart blob, FilePages pages, long position, long length) {
        return (length >= SENDFILE_MIN_BYTES || !pages.isInOneWindow(position, length))
                && blob.reader().channel().isPresent();
    }

    static @Nullable FilePages pages(BlobReader reader) {
        return reader instanceof PagedReader paged ? paged.pages() : null;
    }
}
