package io.millrace.storage.blob;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.function.Predicate;

/// Somebody's folder of files with names of any kind, read and never written. Thread-safe.
///
/// A name is a relative path with `/`. It leads to a regular file below the folder or nowhere: no
/// empty segment, none that starts with a dot (so no `..` and no hidden file), no backslash, no
/// control character; symbolic links are followed as long as they stay below the folder and lead to
/// nothing hidden. {@link #resolve} is the one place that decides it.
///
/// Files may be replaced or grow: what is open is one version of them, which {@link BlobInfo}
/// names.
public final class LocalFolder {
    private static final int MAX_NAME_BYTES = 4096;

    private final Path root;

    /// @throws IOException with a text for the operator when the folder can't be read
    public LocalFolder(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            throw new NoSuchFileException(folder + ": there is no such folder");
        }
        if (!Files.isDirectory(folder)) {
            throw new NotDirectoryException(folder + " is not a folder");
        }
        if (!Files.isReadable(folder) || !Files.isExecutable(folder)) {
            throw new IOException(
                    folder + " may not be read by user " + System.getProperty("user.name"));
        }
        root = folder.toRealPath();
    }

    /// Without symbolic links.
    public Path root() {
        return root;
    }

    /// Opens a file; the caller closes the reader.
    ///
    /// @throws NoSuchFileException when the name leads to no file of this folder
    /// @throws StorageUnavailableException when the folder is not there, or nothing is in it
    public BlobReader open(String name) throws IOException {
        try {
            return LocalBlobReader.open(name, resolve(name));
        } catch (NoSuchFileException e) {
            throw missing(e);
        }
    }

    /// What {@link #open} would find.
    ///
    /// @throws NoSuchFileException as it does
    public BlobInfo stat(String name) throws IOException {
        try {
            return LocalBlobStore.info(name, LocalBlobStore.attributes(resolve(name)));
        } catch (NoSuchFileException e) {
            throw missing(e);
        }
    }

    private IOException missing(NoSuchFileException cause) {
        return isEmpty()
                ? new StorageUnavailableException(
                        root + " is empty or gone: is its volume mounted?", cause)
                : cause;
    }

    /// As the place is where a volume was mounted.
    private boolean isEmpty() {
        try (var entries = Files.newDirectoryStream(root)) {
            return !entries.iterator().hasNext();
        } catch (IOException _) {
            return true;
        }
    }

    /// The file that a name leads to.
    ///
    /// @throws NoSuchFileException when it leads nowhere
    public Path resolve(String name) throws IOException {
        if (!isSane(name)) {
            throw new NoSuchFileException(name);
        }
        Path real;
        try {
            real = root.resolve(name).toRealPath();
        } catch (InvalidPathException e) {
            throw new NoSuchFileException(name, null, e.getReason());
        } catch (java.nio.file.FileSystemLoopException _) {
            throw new NoSuchFileException(name);
        } catch (java.nio.file.FileSystemException e) {
            if (isNowhere(e)) {
                throw new NoSuchFileException(name);
            }
            throw e;
        }
        if (!real.startsWith(root) || isHidden(root.relativize(real))) {
            throw new NoSuchFileException(name, null, "leads out of the folder");
        }
        return real;
    }

    private static boolean isNowhere(java.nio.file.FileSystemException e) {
        String reason = String.valueOf(e.getReason());
        return e instanceof NoSuchFileException
                || e instanceof NotDirectoryException
                || reason.contains("Not a directory")
                || reason.contains("too long")
                || reason.contains("Too many levels");
    }

    private static boolean isHidden(Path relative) {
        for (Path part : relative) {
            if (part.toString().startsWith(".")) {
                return true;
            }
        }
        return false;
    }

    private static boolean isSane(String name) {
        if (name.isEmpty() || name.getBytes(StandardCharsets.UTF_8).length > MAX_NAME_BYTES) {
            return false;
        }
        boolean segmentStarts = true;
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (segmentStarts && (c == '/' || c == '.')) {
                return false;
            }
            if (c < ' ' || c == 0x7F || c == '\\') {
                return false;
            }
            segmentStarts = c == '/';
        }
        return !segmentStarts;
    }

    /// Names of files below the folder in the order they are found, for people to look at.
    ///
    /// @param maxDepth folders below each other
    /// @param maxSeen files looked at, however many are wanted
    /// @param maxNames that are returned
    public List<String> list(Predicate<String> wanted, int maxDepth, int maxSeen, int maxNames)
            throws IOException {
        var names = new ArrayList<String>();
        Files.walkFileTree(
                root,
                EnumSet.noneOf(FileVisitOption.class),
                maxDepth,
                new SimpleFileVisitor<>() {
                    private int seen;

                    @Override
                    public FileVisitResult preVisitDirectory(
                            Path folder, BasicFileAttributes attributes) {
                        return folder.equals(root) || !isHidden(root.relativize(folder))
                                ? FileVisitResult.CONTINUE
                                : FileVisitResult.SKIP_SUBTREE;
                    }

                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                        String name = root.relativize(file).toString();
                        if (attributes.isRegularFile() && isSane(name) && wanted.test(name)) {
                            names.add(name);
                        }
                        return ++seen < maxSeen && names.size() < maxNames
                                ? FileVisitResult.CONTINUE
                                : FileVisitResult.TERMINATE;
                    }

                    @Override
                    public FileVisitResult visitFileFailed(Path file, IOException e) {
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult postVisitDirectory(
                            Path folder, @org.jspecify.annotations.Nullable IOException e) {
                        return FileVisitResult.CONTINUE;
                    }
                });
        return names;
    }

    @Override
    public String toString() {
        return root.toString();
    }
}
