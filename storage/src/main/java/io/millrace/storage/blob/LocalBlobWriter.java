package io.millrace.storage.blob;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Writes below the staging folder and renames at the end. One thread at a time.
final class LocalBlobWriter implements BlobWriter {
    private final LocalBlobStore store;
    private final BlobKey key;
    private final Path staged;
    private final FileChannel channel;
    private boolean failed;
    private boolean committed;

    LocalBlobWriter(LocalBlobStore store, BlobKey key, Path staged) throws IOException {
        this.store = store;
        this.key = key;
        this.staged = staged;
        this.channel =
                FileChannel.open(staged, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    @Override
    public void write(ByteBuffer source) throws IOException {
        try {
            long bytes = source.remaining();
            while (source.hasRemaining()) {
                channel.write(source);
            }
            store.written(bytes);
        } catch (IOException e) {
            failed = true;
            throw e;
        }
    }

    @Override
    public void commit() throws IOException {
        if (failed || committed) {
            throw new IllegalStateException(
                    key + (failed ? ": a write failed before" : ": committed already"));
        }
        failed = true;
        channel.force(true);
        channel.close();
        store.place(staged, key);
        failed = false;
        committed = true;
    }

    @Override
    public void close() {
        try {
            channel.close();
            if (!committed) {
                Files.deleteIfExists(staged);
            }
        } catch (IOException e) {
            // The next start sweeps what is left in the staging folder.
            LocalBlobStore.log.warn("{}: cannot remove {}: {}", key, staged, e.toString());
        }
    }
}
