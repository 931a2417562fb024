package io.millrace.liveingest.live;

import io.millrace.delivery.http.HttpBody;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

import org.jspecify.annotations.Nullable;

/// The fragment that all who wait on an event loop get at one moment.
///
/// A socket takes bytes out of direct memory only: with many viewers each would have a copy of its
/// own made of what lies on the heap. So the second one that wants a fragment has it copied once,
/// and all further ones share that. Made for one round of answers, and closed after it; replies
/// hold references of their own. One event loop only.
final class SharedFragment implements AutoCloseable {
    /// Shorter bodies are copied into one buffer with their head anyway.
    private static final int MIN_BYTES = 16 << 10;

    private @Nullable LiveFragment wanted;
    private @Nullable ByteBuf copy;

    /// The fragment's bytes for one more reply, which owns them.
    HttpBody body(LiveFragment fragment) {
        byte[] bytes = fragment.bytes();
        if (wanted == null) {
            wanted = fragment;
            return new HttpBody.Bytes(bytes);
        }
        if (wanted != fragment || bytes.length <= MIN_BYTES) {
            return new HttpBody.Bytes(bytes);
        }
        ByteBuf shared = copy;
        if (shared == null) {
            shared = ByteBufAllocator.DEFAULT.directBuffer(bytes.length).writeBytes(bytes);
            copy = shared;
        }
        return new HttpBody.Buffer(shared.retainedDuplicate());
    }

    @Override
    public void close() {
        wanted = null;
        if (copy != null) {
            copy.release();
            copy = null;
        }
    }
}
