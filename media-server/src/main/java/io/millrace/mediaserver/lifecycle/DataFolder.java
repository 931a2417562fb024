package io.millrace.mediaserver.lifecycle;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Comparator;
import java.util.stream.Stream;

/// The one folder that a node writes to. Held by a lock while the server runs, so that two never share it.
///
///     secrets/          0700: cluster-secret and the like, each 0600
///     storage/          the blob store, unless configured elsewhere
///     database/         the embedded MariaDB
///     search/           the Lucene index
///     cache/            programs unpacked from jars; may be removed while stopped
///     scratch/          what commands make for a while (the demo's clip); emptied at start
public final class DataFolder implements AutoCloseable {
    private final Path root;
    private final FileChannel lockFile;
    private final FileLock lock;

    private DataFolder(Path root, FileChannel lockFile, FileLock lock) {
        this.root = root;
        this.lockFile = lockFile;
        this.lock = lock;
    }

    public static DataFolder open(Path folder) throws StartException {
        Path root = folder.toAbsolutePath().normalize();
        FileChannel channel = null;
        try {
            Files.createDirectories(root);
            Path lockPath = root.resolve(".lock");
            channel =
                    FileChannel.open(
                            lockPath,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.WRITE,
                            StandardOpenOption.READ);
            FileLock lock = tryLock(channel);
            if (lock == null) {
                throw new StartException(
                        "Data folder "
                                + root
                                + " is in use by another Millrace (it holds "
                                + lockPath
                                + ").");
            }
            return new DataFolder(root, channel, lock);
        } catch (IOException | StartException e) {
            if (channel != null) {
                try {
                    channel.close();
                } catch (IOException suppressed) {
                    e.addSuppressed(suppressed);
                }
            }
            if (e instanceof StartException start) {
                throw start;
            }
            throw new StartException(
                    "Data folder "
                            + root
                            + " can't be written by user "
                            + System.getProperty("user.name")
                            + ": "
                            + reason((IOException) e)
                            + ". Give the user the right to write there, or name another folder with --data.",
                    e);
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException _) {
            return null;
        }
    }

    private static String reason(IOException e) {
        return switch (e) {
            case AccessDeniedException _ -> "permission denied";
            case FileAlreadyExistsException exists -> exists.getFile() + " is not a folder";
            case FileSystemException fs when fs.getReason() != null ->
                    String.valueOf(fs.getReason());
            default -> String.valueOf(e.getMessage());
        };
    }

    public Path root() {
        return root;
    }

    public Path resolve(String name) {
        return root.resolve(name);
    }

    /// Removes what an earlier run left in `scratch/`.
    public void emptyScratchFolder() throws StartException {
        Path scratch = root.resolve("scratch");
        try (Stream<Path> files = Files.exists(scratch) ? Files.walk(scratch) : Stream.empty()) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new StartException(
                    "Scratch folder " + scratch + " can't be emptied: " + reason(e), e);
        }
    }

    /// A random secret that is made at the first start and kept in a file that only this user can
    /// read.
    public String secret(String name) throws StartException {
        Path folder = root.resolve("secrets");
        Path file = folder.resolve(name);
        try {
            Files.createDirectories(
                    folder,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
            if (!Files.exists(file)) {
                byte[] random = new byte[32];
                new SecureRandom().nextBytes(random);
                Path temporary = folder.resolve(name + ".new");
                Files.deleteIfExists(temporary);
                Files.createFile(
                        temporary,
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-------")));
                Files.writeString(
                        temporary,
                        Base64.getUrlEncoder().withoutPadding().encodeToString(random) + "\n",
                        StandardCharsets.US_ASCII,
                        StandardOpenOption.SYNC);
                Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
            }
            return Files.readString(file, StandardCharsets.US_ASCII).strip();
        } catch (IOException e) {
            throw new StartException("Secret " + file + " can't be read or made: " + reason(e), e);
        }
    }

    @Override
    public void close() {
        try {
            lock.release();
            lockFile.close();
        } catch (IOException _) {
            // The process is about to end, and the lock ends with it.
        }
    }
}
