package io.millrace.liveingest.edge;

import io.millrace.delivery.http.BodyWriter;
import io.netty.buffer.Unpooled;
import io.netty.util.concurrent.EventExecutor;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/// A body that comes from another node, passed on to all who want it while it comes: each gets what
/// is there and then every piece as it arrives, as fast as its own connection takes it.
///
/// Its bytes are kept once, whoever reads where, so a slow reader costs no memory but this object,
/// which is bounded; its connection is the HTTP server's to close. Thread-safe.
final class GrowingObject implements HttpResponse.BodySubscriber<GrowingObject> {
    /// Longer than a segment can be.
    private static final long TIMEOUT_SECONDS = 100;

    private final long maxBytes;
    private final CompletableFuture<byte[]> whole = new CompletableFuture<>();
    private final Object lock = new Object();

    /// Guarded by the lock, as are all below; pieces do not change.
    private final List<byte[]> pieces = new ArrayList<>();

    private final Map<EventExecutor, LoopReaders> readers = new IdentityHashMap<>();
    private Flow.@Nullable Subscription origin;
    private long size;
    private boolean over;
    private @Nullable Throwable failure;

    GrowingObject(long maxBytes) {
        this.maxBytes = maxBytes;
        whole.orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                .whenComplete(
                        (_, late) -> {
                            if (late != null) {
                                end(late);
                            }
                        });
    }

    @Override
    public CompletionStage<GrowingObject> getBody() {
        return CompletableFuture.completedStage(this);
    }

    /// All of it, once it has come.
    CompletionStage<byte[]> whole() {
        return whole;
    }

    /// Writes all of it, also what is still to come. On the writer's event loop.
    void sendTo(BodyWriter writer) {
        LoopReaders here;
        synchronized (lock) {
            here = readers.computeIfAbsent(writer.eventLoop(), LoopReaders::new);
        }
        var reader = new Reader(writer);
        here.readers.add(reader);
        reader.pump();
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
        synchronized (lock) {
            origin = subscription;
        }
        subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        int more = 0;
        for (ByteBuffer buffer : buffers) {
            more += buffer.remaining();
        }
        byte[] piece = new byte[more];
        int at = 0;
        for (ByteBuffer buffer : buffers) {
            int length = buffer.remaining();
            buffer.get(piece, at, length);
            at += length;
        }
        List<LoopReaders> told;
        synchronized (lock) {
            if (over) {
                return;
            }
            size += more;
            if (size <= maxBytes) {
                pieces.add(piece);
            }
            told = List.copyOf(readers.values());
        }
        if (size > maxBytes) {
            end(new IOException("an object of more than " + maxBytes + " bytes"));
        } else {
            told.forEach(LoopReaders::tell);
        }
    }

    @Override
    public void onError(Throwable cause) {
        end(cause);
    }

    @Override
    public void onComplete() {
        end(null);
    }

    private void end(@Nullable Throwable cause) {
        List<LoopReaders> told;
        Flow.Subscription from;
        byte[] all = null;
        synchronized (lock) {
            if (over) {
                return;
            }
            over = true;
            failure = cause;
            from = origin;
            told = List.copyOf(readers.values());
            if (cause == null) {
                all = joined();
            }
        }
        if (all != null) {
            whole.complete(all);
        } else {
            whole.completeExceptionally(cause == null ? new IOException("cut off") : cause);
            if (from != null) {
                from.cancel();
            }
        }
        told.forEach(LoopReaders::tell);
    }

    private byte[] joined() {
        byte[] all = new byte[(int) size];
        int at = 0;
        for (byte[] piece : pieces) {
            System.arraycopy(piece, 0, all, at, piece.length);
            at += piece.length;
        }
        return all;
    }

    /// The readers whose connections live on one event loop, which are woken together. That loop
    /// only, but for {@link #tell}.
    private final class LoopReaders {
        private final EventExecutor loop;
        private final List<Reader> readers = new ArrayList<>();

        /// Guarded by the lock.
        private boolean told;

        LoopReaders(EventExecutor loop) {
            this.loop = loop;
        }

        /// There is something new. Thread-safe.
        void tell() {
            synchronized (lock) {
                if (told) {
                    return;
                }
                told = true;
            }
            try {
                loop.execute(this::pump);
            } catch (RejectedExecutionException _) {
                // The loops are going down, and the connections with them.
            }
        }

        private void pump() {
            synchronized (lock) {
                told = false;
            }
            for (Reader reader : List.copyOf(readers)) {
                reader.pump();
            }
            readers.removeIf(reader -> reader.done);
        }
    }

    /// One who reads. Its connection's event loop only.
    private final class Reader {
        private final BodyWriter writer;
        private int next;
        private boolean awaiting;
        private boolean done;

        Reader(BodyWriter writer) {
            this.writer = writer;
        }

        void pump() {
            while (!done && !awaiting) {
                byte[] piece = null;
                boolean last;
                Throwable broken;
                synchronized (lock) {
                    if (next < pieces.size()) {
                        piece = pieces.get(next);
                    }
                    last = over;
                    broken = failure;
                }
                if (writer.isClosed()) {
                    done = true;
                } else if (piece == null) {
                    if (last && broken != null) {
                        writer.abort(broken);
                        done = true;
                    } else if (last) {
                        writer.finish();
                        done = true;
                    }
                    return;
                } else if (!writer.isWritable()) {
                    awaiting = true;
                    writer.whenWritable(
                            () -> {
                                awaiting = false;
                                pump();
                            });
                } else {
                    next++;
                    writer.write(Unpooled.wrappedBuffer(piece));
                }
            }
        }
    }
}
