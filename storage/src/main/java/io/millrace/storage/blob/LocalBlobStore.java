package io.millrace.storage.blob;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/// Objects as files below a folder: a local disk or NFS. Thread-safe.
///
/// ```
/// root/content/entry/101/0_abc/0_def_1.mp4    the object content/entry/101/0_abc/0_def_1.mp4
/// root/.staging/…                             being written; same volume, so a rename publishes it
/// ```
///
/// No key has a segment that starts with a dot, so none names the staging folder. What a dead
/// process of this machine left in the staging folder is removed when a store is opened; what may
/// be another node's is removed when it was not touched for {@link #STALE_STAGING}.
public final class LocalBlobStore implements BlobStore {
    static final Logger log = LoggerFactory.getLogger(LocalBlobStore.class);

    static final String STAGING = ".staging";

    /// No upload part or job's output stays in the staging folder untouched for longer.
    private static final java.time.Duration STALE_STAGING = java.time.Duration.ofHours(24);

    /// Numbers of one process; two stores may share a folder.
    private static final AtomicLong STAGED = new AtomicLong();

    private final Path root;
    private final Path staging;
    private final String owner = StagingOwner.current().text();
    private final Counter bytesWritten;
    private final Timer publications;

    /// Creates the folder when it is missing and removes what a crash left in its staging folder.
    ///
    /// @throws IOException with a text for the operator when the folder can't be used
    public LocalBlobStore(Path root, MeterRegistry registry) throws IOException {
        this.root = root.toAbsolutePath().normalize();
        this.staging = this.root.resolve(STAGING);
        try {
            Files.createDirectories(staging);
        } catch (IOException e) {
            throw explain(e);
        }
        bytesWritten =
                Counter.builder("millrace.blob.written")
                        .baseUnit("bytes")
                        .description("Bytes written to the blob store")
                        .register(registry);
        publications =
                Timer.builder("millrace.blob.publish")
                        .description("From finished file to durable object")
                        .register(registry);
        Gauge.builder("millrace.disk.free", this.root, p -> p.toFile().getUsableSpace())
                .baseUnit("bytes")
                .description("Room left on the volume of the blob store")
                .register(registry);
        sweepStaging();
    }

    @Override
    public BlobReader open(BlobKey key) throws IOException {
        try {
            return LocalBlobReader.open(key.value(), file(key));
        } catch (NoSuchFileException e) {
            checkPresent(e);
            throw e;
        }
    }

    /// A store that is not mounted lacks everything, which says nothing about an object: its
    /// staging folder, made at the start, is missing, too.
    private void checkPresent(NoSuchFileException cause) throws IOException {
        if (!Files.isDirectory(staging)) {
            throw new StorageUnavailableException(
                    "storage folder " + root + " is not there: is its volume mounted?", cause);
        }
    }

    @Override
    public Optional<BlobInfo> stat(BlobKey key) throws IOException {
        try {
            return Optional.of(info(key.value(), attributes(file(key))));
        } catch (NoSuchFileException e) {
            checkPresent(e);
            return Optional.empty();
        }
    }

    @Override
    public BlobWriter create(BlobKey key) throws IOException {
        Path target = file(key);
        return new LocalBlobWriter(this, key, staging.resolve(stagingName(key.name())));
    }

    @Override
    public void publish(Path source, BlobKey key) throws IOException {
        Path target = file(key);
        long started = System.nanoTime();
        DurableFiles.syncFile(source);
        try {
            place(source, key);
        } catch (AtomicMoveNotSupportedException _) {
            Path copy = staging.resolve(stagingName(key.name()));
            try {
                try (FileChannel in = FileChannel.open(source, StandardOpenOption.READ);
                        FileChannel out =
                                FileChannel.open(
                                        copy,
                                        StandardOpenOption.CREATE_NEW,
                                        StandardOpenOption.WRITE)) {
                    long size = in.size();
                    long done = 0;
                    while (done < size) {
                        done += in.transferTo(done, size - done, out);
                    }
                    out.force(true);
                    written(size);
                }
                place(copy, key);
            } finally {
                Files.deleteIfExists(copy);
            }
            Files.deleteIfExists(source);
        }
        publications.record(System.nanoTime() - started, TimeUnit.NANOSECONDS);
    }

    @Override
    public void move(BlobKey source, BlobKey target) throws IOException {
        Path from = file(source);
        if (!Files.isRegularFile(from)) {
            throw new NoSuchFileException(source.value());
        }
        place(from, target);
        DurableFiles.syncFolder(parent(from));
    }

    @Override
    public AppendBlob append(BlobKey key) throws IOException {
        Path target = file(key);
        Path folder = parent(target);
        boolean isNew = !Files.exists(target);
        if (isNew) {
            Files.createDirectories(folder);
        }
        return new LocalAppendBlob(
                this, key, target, isNew ? DurableFiles.upTo(root, folder) : List.of());
    }

    @Override
    public boolean delete(BlobKey key) throws IOException {
        Path target = file(key);
        if (!Files.isRegularFile(target) || !Files.deleteIfExists(target)) {
            return false;
        }
        DurableFiles.syncFolder(parent(target));
        return true;
    }

    @Override
    public List<BlobKey> list(BlobKey prefix) throws IOException {
        return list(file(prefix));
    }

    /// Every object, sorted.
    public List<BlobKey> listAll() throws IOException {
        return list(root);
    }

    private List<BlobKey> list(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        List<BlobKey> keys = new ArrayList<>();
        Files.walkFileTree(
                folder,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes is) {
                        String key = root.relativize(file).toString();
                        boolean regular =
                                is.isRegularFile()
                                        || is.isSymbolicLink() && Files.isRegularFile(file);
                        if (regular && BlobKey.isValid(key)) {
                            keys.add(new BlobKey(key));
                        }
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFileFailed(Path file, IOException e)
                            throws IOException {
                        if (e instanceof NoSuchFileException) {
                            return FileVisitResult.CONTINUE; // removed meanwhile
                        }
                        throw e;
                    }
                });
        keys.sort(null);
        return List.copyOf(keys);
    }

    @Override
    public Optional<Path> localPath(BlobKey key) throws IOException {
        return Optional.of(file(key));
    }

    @Override
    public Path newStagingFolder(String purpose) throws IOException {
        if (!purpose.matches("[A-Za-z0-9_-]{1,64}")) {
            throw new IllegalArgumentException(
                    "purpose: " + purpose + " (expected: 1..64 of A-Z a-z 0-9 _ -)");
        }
        return Files.createDirectory(staging.resolve(stagingName(purpose)));
    }

    @Override
    public void checkWritable() throws IOException {
        Path probe = staging.resolve(stagingName("writable"));
        Path renamed = probe.resolveSibling(probe.getFileName() + "-renamed");
        try {
            Files.createDirectories(staging);
            try (FileChannel channel =
                    FileChannel.open(
                            probe, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                channel.write(ByteBuffer.wrap(new byte[4096]));
                channel.force(true);
            }
            DurableFiles.rename(probe, renamed);
        } catch (IOException e) {
            throw explain(e);
        } finally {
            try {
                Files.deleteIfExists(probe);
                Files.deleteIfExists(renamed);
            } catch (IOException e) {
                log.debug("{}: cannot remove the write probe: {}", root, e.toString());
            }
        }
    }

    @Override
    public void close() {}

    @Override
    public String toString() {
        return "LocalBlobStore[" + root + "]";
    }

    /// Gives an already synced file its public name.
    void place(Path synced, BlobKey key) throws IOException {
        Path target = file(key);
        DurableFiles.createFolders(root, parent(target));
        DurableFiles.rename(synced, target);
    }

    void written(long bytes) {
        bytesWritten.increment(bytes);
    }

    static BasicFileAttributes attributes(Path file) throws IOException {
        BasicFileAttributes attributes;
        try {
            attributes = Files.readAttributes(file, BasicFileAttributes.class);
        } catch (FileSystemException e) {
            // A key whose parent is an object (a/b where a is a file) names nothing.
            if (e instanceof NotDirectoryException
                    || (e.getReason() != null && e.getReason().contains("Not a directory"))) {
                throw new NoSuchFileException(file.toString());
            }
            throw e;
        }
        if (!attributes.isRegularFile()) {
            throw new NoSuchFileException(file.toString());
        }
        return attributes;
    }

    static BlobInfo info(String key, BasicFileAttributes attributes) {
        Instant modified = attributes.lastModifiedTime().toInstant();
        long micros = java.time.temporal.ChronoUnit.MICROS.between(Instant.EPOCH, modified);
        String identity =
                Long.toString(attributes.size(), 36)
                        + '-'
                        + Long.toString(micros, 36)
                        + '-'
                        + inode(attributes.fileKey());
        return new BlobInfo(key, attributes.size(), modified, identity);
    }

    /// `(dev=fd01,ino=1234)` → `1234` in base 36. The device is left out: it differs between the
    /// nodes that mount one share, and an ETag must not.
    private static String inode(@org.jspecify.annotations.Nullable Object fileKey) {
        String text = String.valueOf(fileKey);
        int at = text.indexOf("ino=");
        int end = text.indexOf(')', at);
        if (at < 0 || end < 0) {
            return "0";
        }
        return Long.toString(Long.parseUnsignedLong(text.substring(at + 4, end)), 36);
    }

    private Path file(BlobKey key) {
        Path file = root.resolve(key.value());
        if (!file.startsWith(root) || file.startsWith(staging)) {
            throw new IllegalArgumentException("blob key: " + key + " (expected: below the store)");
        }
        return file;
    }

    private static Path parent(Path file) {
        Path parent = file.getParent();
        if (parent == null) {
            throw new IllegalArgumentException("file: " + file + " (expected: below a folder)");
        }
        return parent;
    }

    /// `{what}.{owner}.{number}`, cut where a long key would pass the 255 bytes of a file name.
    private String stagingName(String what) {
        String start = what.substring(0, Math.min(what.length(), 150));
        return start + '.' + owner + '.' + STAGED.incrementAndGet();
    }

    private static boolean isOfDeadProcess(Path leftover) {
        String[] fields = String.valueOf(leftover.getFileName()).split("\\.", -1);
        return fields.length >= 3
                && StagingOwner.parse(fields[fields.length - 2])
                        .map(StagingOwner::isDead)
                        .orElse(false);
    }

    private void sweepStaging() throws IOException {
        FileTime limit = FileTime.from(Instant.now().minus(STALE_STAGING));
        try (Stream<Path> leftovers = Files.list(staging)) {
            for (Path leftover : (Iterable<Path>) leftovers::iterator) {
                try {
                    if (isOfDeadProcess(leftover) || newest(leftover).compareTo(limit) < 0) {
                        DurableFiles.deleteTree(leftover);
                        log.info("{}: removed {}, left over from a crash", root, leftover);
                    }
                } catch (IOException e) {
                    log.warn("{}: cannot sweep {}: {}", root, leftover, e.toString());
                }
            }
        }
    }

    private static FileTime newest(Path path) throws IOException {
        try (Stream<Path> all = Files.walk(path)) {
            FileTime newest = FileTime.fromMillis(0);
            for (Path p : (Iterable<Path>) all::iterator) {
                FileTime time = Files.getLastModifiedTime(p);
                if (time.compareTo(newest) > 0) {
                    newest = time;
                }
            }
            return newest;
        }
    }

    private IOException explain(IOException e) {
        String user = System.getProperty("user.name", "?");
        String what;
        Path existing = root;
        while (existing != null && !Files.exists(existing)) {
            existing = existing.getParent();
        }
        if (existing != null && !Files.isDirectory(existing)) {
            what = existing + " is not a folder";
        } else if (e instanceof AccessDeniedException
                || (existing != null && !Files.isWritable(existing))) {
            what =
                    existing
                            + " may not be written by user "
                            + user
                            + "; give that user the folder (chown) or choose another";
        } else if (e instanceof FileSystemException f && f.getReason() != null) {
            what = f.getReason() + " (user " + user + ")";
        } else {
            what = e + " (user " + user + ")";
        }
        return new IOException("storage folder " + root + " can't be used: " + what, e);
    }
}
