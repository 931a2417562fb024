package io.millrace.storage.s3;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// A range of a file as a stream. One thread; reads straight from the file, buffers nothing.
final class FileRange extends InputStream {
    private final FileChannel channel;
    private final long end;
    private long at;

    FileRange(Path file, long start, long length) throws IOException {
        channel = FileChannel.open(file, StandardOpenOption.READ);
        at = start;
        end = start + length;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (at >= end) {
            return -1;
        }
        int count =
                channel.read(ByteBuffer.wrap(target, offset, (int) Math.min(length, end - at)), at);
        if (count > 0) {
            at += count;
        }
        return count;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
