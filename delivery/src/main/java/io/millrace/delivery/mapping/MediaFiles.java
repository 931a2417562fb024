package io.millrace.delivery.mapping;

import io.millrace.storage.blob.BlobInfo;
import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.BlobReader;
import io.millrace.storage.blob.BlobStore;
import io.millrace.storage.blob.LocalFolder;
import io.millrace.storage.volume.VolumeGuard;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.List;

/// Where names of media files lead to: the platform's store, or somebody's folder. Thread-safe.
public sealed interface MediaFiles {
    /// Opens a file; may block. The caller closes the reader.
    ///
    /// @param name relative path, decoded
    /// @throws NoSuchFileException when the name leads to nothing that may be served
    BlobReader open(String name) throws IOException;

    /// What opening it now would find; may block.
    ///
    /// @throws NoSuchFileException as {@link #open} does
    BlobInfo stat(String name) throws IOException;

    /// Whether names tell versions, so that a file is never replaced under its name.
    boolean isVersioned();

    /// Objects of a store whose keys start with one of some prefixes: media, and nothing else that
    /// the store holds (uploads in progress, logs).
    record Stored(BlobStore store, List<String> prefixes) implements MediaFiles {
        /// Entries' assets and recordings.
        public static final List<String> MEDIA = List.of("content/entry/", "content/live/");

        public Stored {
            prefixes = List.copyOf(prefixes);
        }

        public static Stored media(BlobStore store) {
            return new Stored(store, MEDIA);
        }

        @Override
        public BlobReader open(String name) throws IOException {
            return store.open(key(name));
        }

        @Override
        public BlobInfo stat(String name) throws IOException {
            // Not the store's own stat: what a cache of a remote store has, it opens without
            // asking.
            try (BlobReader reader = store.open(key(name))) {
                return reader.info();
            }
        }

        private BlobKey key(String name) throws NoSuchFileException {
            for (String prefix : prefixes) {
                if (name.startsWith(prefix) && BlobKey.isValid(name)) {
                    return BlobKey.of(name);
                }
            }
            throw new NoSuchFileException(name);
        }

        @Override
        public boolean isVersioned() {
            return true;
        }
    }

    /// Files of a folder, whatever they are called, read within a guard's limits.
    record InFolder(LocalFolder folder, VolumeGuard guard) implements MediaFiles {
        @Override
        public BlobReader open(String name) throws IOException {
            return guard.open(name, () -> folder.open(name));
        }

        @Override
        public BlobInfo stat(String name) throws IOException {
            return guard.call("stat " + name, () -> folder.stat(name));
        }

        @Override
        public boolean isVersioned() {
            return false;
        }
    }
}
