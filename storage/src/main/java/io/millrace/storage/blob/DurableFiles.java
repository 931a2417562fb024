package io.millrace.storage.blob;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;

/// The file-system steps that make a file durable: fsync of the bytes, atomic rename, fsync of the
/// folder. Without the last a power cut may leave the data under its old name.
///
/// A failed fsync means that bytes may be lost although a second fsync would succeed: callers start
/// over with a new file and never repeat the fsync.
final class DurableFiles {
    private DurableFiles() {}

    /// Makes the names in a folder survive a power cut. Linux lets a folder be opened read-only as
    /// a channel and forced.
    static void syncFolder(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /// A folder below `root` and those that it is in, up to `root`: what a new name in it needs
    /// synced. All of them: who made one of them may not have come to that yet.
    static List<Path> upTo(Path root, Path folder) {
        List<Path> folders = new ArrayList<>();
        Path next = folder;
        while (next != null && next.startsWith(root)) {
            folders.add(next);
            next = next.getParent();
        }
        return folders;
    }

    static void syncFile(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    /// Creates the folders that are missing below `root` and makes their names durable, too.
    static void createFolders(Path root, Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            return;
        }
        Path parent = folder.getParent();
        if (parent != null && !folder.equals(root)) {
            createFolders(root, parent);
        }
        Files.createDirectories(folder);
        if (parent != null) {
            syncFolder(parent);
        }
    }

    /// Renames an already synced file onto `target`, replacing what is there.
    ///
    /// @throws AtomicMoveNotSupportedException when they are on different volumes
    static void rename(Path source, Path target) throws IOException {
        Files.move(source, target, StandardCopyOption.ATOMIC_MOVE);
        Path folder = target.getParent();
        if (folder != null) {
            syncFolder(folder);
        }
    }

    /// Deletes a file or a whole tree; what vanishes meanwhile is fine.
    static void deleteTree(Path path) throws IOException {
        if (!Files.exists(path, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Files.walkFileTree(
                path,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        Files.deleteIfExists(file);
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFileFailed(Path file, IOException e)
                            throws IOException {
                        if (e instanceof NoSuchFileException) {
                            return FileVisitResult.CONTINUE;
                        }
                        throw e;
                    }

                    @Override
                    public FileVisitResult postVisitDirectory(
                            Path folder, @org.jspecify.annotations.Nullable IOException e)
                            throws IOException {
                        if (e != null) {
                            throw e;
                        }
                        Files.deleteIfExists(folder);
                        return FileVisitResult.CONTINUE;
                    }
                });
    }
}
