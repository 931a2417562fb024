package io.millrace.delivery.http;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/// One file of an access log while it is written: `….open`, with whole lines only. Sealing adds the
/// trailer, makes it durable and names it `….log`; what a crash left is sealed by {@link #recover}.
/// One thread at a time.
final class AccessLogFile implements Closeable {
    static final String OPEN = ".open";
    static final String SEALED = ".log";

    private final Path file;
    private final AccessLogFormat format;
    private final FileChannel channel;
    private final CRC32C crc = new CRC32C();
    private long lines;
    private long bytes;

    private AccessLogFile(Path file, AccessLogFormat format, FileChannel channel) {
        this.file = file;
        this.format = format;
        this.channel = channel;
    }

    /// @param name without ending
    static AccessLogFile create(Path folder, String name, AccessLogFormat format)
            throws IOException {
        Files.createDirectories(folder);
        Path file = folder.resolve(name + OPEN);
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
        var created = new AccessLogFile(file, format, channel);
        try {
            created.append(format.start().getBytes(StandardCharsets.US_ASCII));
            return created;
        } catch (IOException e) {
            channel.close();
            Files.deleteIfExists(file);
            throw e;
        }
    }

    /// Writes whole lines; with an exception, none of them.
    void append(byte[] text) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(text);
        try {
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
        } catch (IOException e) {
            try {
                channel.truncate(bytes);
            } catch (IOException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
        crc.update(text);
        bytes += text.length;
        for (byte b : text) {
            if (b == '\n') {
                lines++;
            }
        }
    }

    long bytes() {
        return bytes;
    }

    /// Ends the file; returns it under its final name. Not to be called again after a failure: the
    /// next start recovers the file.
    Path seal() throws IOException {
        try (channel) {
            ByteBuffer trailer =
                    ByteBuffer.wrap(
                            format.trailer(lines, bytes, crc.getValue())
                                    .getBytes(StandardCharsets.US_ASCII));
            while (trailer.hasRemaining()) {
                channel.write(trailer);
            }
            channel.force(true);
        }
        return rename(file);
    }

    private static Path rename(Path file) throws IOException {
        String name = file.getFileName().toString();
        Path sealed =
                file.resolveSibling(name.substring(0, name.length() - OPEN.length()) + SEALED);
        Files.move(file, sealed, StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel folder =
                FileChannel.open(file.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
            folder.force(true);
        }
        return sealed;
    }

    /// Seals what an earlier process left open: a line that is not whole goes, it was never
    /// promised.
    static Path recover(Path file, AccessLogFormat format) throws IOException {
        var crc = new CRC32C();
        long lines = 0;
        long whole = 0;
        boolean sealed = false;
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
            var line = new java.io.ByteArrayOutputStream(512);
            for (int b = in.read(); b >= 0; b = in.read()) {
                line.write(b);
                if (b == '\n') {
                    byte[] text = line.toByteArray();
                    sealed =
                            AccessLogFormat.isTrailer(
                                    new String(text, StandardCharsets.ISO_8859_1));
                    whole += text.length;
                    if (!sealed) {
                        lines++;
                        crc.update(text);
                    }
                    line.reset();
                }
            }
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(whole);
            channel.position(whole);
            if (!sealed) {
                ByteBuffer trailer =
                        ByteBuffer.wrap(
                                format.trailer(lines, whole, crc.getValue())
                                        .getBytes(StandardCharsets.US_ASCII));
                while (trailer.hasRemaining()) {
                    channel.write(trailer);
                }
            }
            channel.force(true);
        }
        return rename(file);
    }

    /// Gives the file up without sealing it.
    @Override
    public void close() throws IOException {
        channel.close();
    }
}
