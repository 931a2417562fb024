package io.millrace.storage.blob;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/// A file that grows under its public name. One thread at a time; {@link #sizeBytes} from any.
final class LocalAppendBlob implements AppendBlob {
    private final LocalBlobStore store;
    private final BlobKey key;
    private final FileChannel channel;

    /// What has the file's name and is not synced yet.
    private List<Path> folders;

    private volatile long sizeBytes;

    /// @param folders to be synced with the file; empty where its name is durable
    LocalAppendBlob(LocalBlobStore store, BlobKey key, Path file, List<Path> folders)
            throws IOException {
        this.store = store;
        this.folders = folders;
        this.key = key;
        this.channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        this.sizeBytes = channel.size();
    }

    @Override
    public BlobKey key() {
        return key;
    }

    @Override
    public long sizeBytes() {
        return sizeBytes;
    }

    @Override
    public void append(ByteBuffer source) throws IOException {
        long position = sizeBytes;
        long start = position;
        try {
            while (source.hasRemaining()) {
                position += channel.write(source, position);
            }
        } finally {
            // A full disk takes a part.
            sizeBytes = position;
            store.written(position - start);
        }
    }

    @Override
    public void sync() throws IOException {
        channel.force(true);
        for (Path folder : folders) {
            DurableFiles.syncFolder(folder);
        }
        folders = List.of();
    }

    @Override
    public void truncate(long size) throws IOException {
        if (size < 0 || size > sizeBytes) {
            throw new IllegalArgumentException(
                    "size: " + size + " (expected: 0.." + sizeBytes + ")");
        }
        channel.truncate(size);
        sizeBytes = size;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
