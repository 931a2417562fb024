package io.millrace.delivery.http;

import io.millrace.storage.blob.BlobReader;
import io.netty.util.concurrent.DefaultThreadFactory;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// Brings ranges of local files into the page cache, so that event loops send only what is there. A
/// bounded number of platform threads (nobody interrupts them, which would close the file for all
/// its readers), shared by all listeners of the process, gone when they have nothing to do.
/// Thread-safe.
final class ColdReads {
    private static final int THREADS =
            Math.clamp(4L * Runtime.getRuntime().availableProcessors(), 8, 64);

    /// More ranges waiting than this: storage cannot keep up, and the reply breaks off.
    private static final int MAX_WAITING = 16_384;

    private static final int BLOCK_BYTES = 256 << 10;

    private static final ThreadPoolExecutor POOL = pool();

    private static final ThreadLocal<ByteBuffer> BLOCK =
            ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(BLOCK_BYTES));

    private ColdReads() {}

    private static ThreadPoolExecutor pool() {
        var pool =
                new ThreadPoolExecutor(
                        THREADS,
                        THREADS,
                        10,
                        TimeUnit.SECONDS,
                        new LinkedBlockingQueue<>(MAX_WAITING),
                        new DefaultThreadFactory("cold-read", true));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    /// @throws RejectedExecutionException when too many wait
    static void execute(Runnable task) {
        POOL.execute(task);
    }

    /// Reads a range to nowhere: it is in the page cache afterwards. Blocks.
    static void load(BlobReader reader, long position, long length) throws IOException {
        ByteBuffer block = BLOCK.get();
        long at = position;
        long end = position + length;
        while (at < end) {
            block.clear().limit((int) Math.min(BLOCK_BYTES, end - at));
            int read = reader.read(block, at);
            if (read < 0) {
                throw new EOFException(
                        reader.info().key() + " ends at " + at + ", before the range asked for");
            }
            at += read;
        }
    }
}
