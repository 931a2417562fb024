package io.millrace.liveingest.past;

import io.millrace.liveingest.live.DvrWindow;
import io.millrace.liveingest.live.LiveFragment;
import io.millrace.storage.blob.AppendBlob;
import io.millrace.storage.blob.BlobKey;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/// The files of one track: its fragments one after the other, a segment's in one file, in order and
/// without a hole. A segment of which one is lost is not gone on with. What was written is not made
/// durable: it is of use as long as its node lives. One thread.
final class PastTrack {
    private static final long NONE = Long.MIN_VALUE;

    private record Kept(BlobKey key, long lastSegment) {}

    private final PastFiles owner;
    private final String entryId;
    private final String id;
    private final DvrWindow dvr;
    private final ArrayDeque<Kept> kept = new ArrayDeque<>();
    private @Nullable AppendBlob file;
    private long fileBytes;
    private long fileStartMs;
    private long segment = NONE;
    private int nextPart;

    /// @param id the name of the track's playlist
    PastTrack(PastFiles owner, String entryId, String id, DvrWindow dvr) {
        this.owner = owner;
        this.entryId = entryId;
        this.id = id;
        this.dvr = dvr;
    }

    /// Whether the fragment can be gone on with.
    boolean takes(LiveFragment fragment) {
        return fragment.part() == 0
                || (file != null && fragment.segment() == segment && fragment.part() == nextPart);
    }

    /// Writes what it {@link #takes}.
    void write(LiveFragment fragment) throws IOException {
        AppendBlob target = file;
        if (fragment.part() == 0 && target != null && isFull(fragment)) {
            close();
            target = null;
        }
        boolean whole = false;
        try {
            if (target == null) {
                target = open(fragment);
            }
            long offset = fileBytes;
            int length = fragment.bytes().length;
            segment = fragment.segment();
            target.append(ByteBuffer.wrap(fragment.bytes()));
            fileBytes += length;
            nextPart = fragment.part() + 1;
            whole = true;
            owner.metrics().bytes.increment(length);
            dvr.recorded(fragment, target.key(), offset);
        } finally {
            if (!whole) {
                close();
            }
        }
    }

    private boolean isFull(LiveFragment fragment) {
        return fragment.startMs() - fileStartMs >= owner.options().fileLength().toMillis()
                || fileBytes >= owner.options().fileBytes();
    }

    private AppendBlob open(LiveFragment fragment) throws IOException {
        AppendBlob opened = owner.open(entryId, id);
        file = opened;
        fileBytes = opened.sizeBytes();
        fileStartMs = fragment.startMs();
        return opened;
    }

    /// Lets go of the file; it can be read from then on, too.
    void close() {
        AppendBlob old = file;
        if (old != null) {
            file = null;
            kept.add(new Kept(old.key(), segment));
            owner.close(old);
        }
    }

    /// Removes what has nothing from this segment on.
    void forgetBefore(long oldest) {
        if (file != null && segment < oldest) {
            close();
        }
        for (Kept first = kept.peek();
                first != null && first.lastSegment() < oldest;
                first = kept.peek()) {
            kept.remove();
            owner.delete(first.key());
        }
    }
}
