package io.millrace.storage.volume;

import io.millrace.storage.blob.AppendBlob;
import io.millrace.storage.blob.BlobKey;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Callable;

/// A growing object whose every step has the volume's deadline. After a step that was given up, its
/// outcome being unknown, nothing more is tried with this object but to close it, which waits for
/// the step in the background. One thread at a time.
///
/// Who was told of a failed {@link #append} must not change the buffer's bytes afterwards: the step
/// may still be at them.
final class GuardedAppendBlob implements AppendBlob {
    private static final Logger LOG = LoggerFactory.getLogger(GuardedAppendBlob.class);

    private final VolumeGuard guard;
    private final AppendBlob blob;
    private final Object lock = new Object();
    private boolean busy;
    private boolean givenUp;
    private boolean closeAfter;
    private boolean closed;

    GuardedAppendBlob(VolumeGuard guard, AppendBlob blob) {
        this.guard = guard;
        this.blob = blob;
    }

    @Override
    public BlobKey key() {
        return blob.key();
    }

    @Override
    public long sizeBytes() {
        return blob.sizeBytes();
    }

    @Override
    public void append(ByteBuffer source) throws IOException {
        // Memory outside the heap may be gone when a late step comes to it.
        ByteBuffer bytes =
                source.isDirect()
                        ? ByteBuffer.allocate(source.remaining()).put(source.duplicate()).flip()
                        : source.duplicate();
        step(
                "append to ",
                () -> {
                    blob.append(bytes);
                    return true;
                });
        source.position(source.limit());
    }

    @Override
    public void sync() throws IOException {
        step(
                "sync ",
                () -> {
                    blob.sync();
                    return true;
                });
    }

    @Override
    public void truncate(long sizeBytes) throws IOException {
        step(
                "truncate ",
                () -> {
                    blob.truncate(sizeBytes);
                    return true;
                });
    }

    private void step(String what, Callable<Boolean> step) throws IOException {
        synchronized (lock) {
            if (givenUp) {
                throw new IOException(key() + ": an earlier step has not been answered");
            }
        }
        try {
            guard.call(
                    what + key(),
                    () -> {
                        synchronized (lock) {
                            if (givenUp) {
                                return false;
                            }
                            busy = true;
                        }
                        try {
                            return step.call();
                        } finally {
                            boolean close;
                            synchronized (lock) {
                                busy = false;
                                close = closeAfter;
                            }
                            if (close) {
                                closeNow();
                            }
                        }
                    });
        } catch (IOException e) {
            synchronized (lock) {
                givenUp = busy;
            }
            throw e;
        }
    }

    @Override
    public void close() {
        synchronized (lock) {
            if (closed) {
                return;
            }
            closed = true;
            givenUp = true;
            if (busy) {
                closeAfter = true;
                return;
            }
        }
        guard.close(key().value(), this::closeNow);
    }

    private void closeNow() {
        try {
            blob.close();
        } catch (IOException e) {
            LOG.warn("{} could not be closed: {}", key(), e.toString());
        }
    }
}
