package io.millrace.delivery.mapping;

import io.millrace.delivery.http.FilePages;
import io.millrace.delivery.http.PagedReader;
import io.millrace.storage.blob.BlobInfo;
import io.millrace.storage.blob.BlobReader;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/// An open object with several users; the last one closes it. Whoever got one releases it once.
/// Thread-safe.
public final class SharedBlob {
    private static final Logger LOG = LoggerFactory.getLogger(SharedBlob.class);

    private final Paged reader;
    private final String tag;
    private final AtomicInteger users = new AtomicInteger(1);

    SharedBlob(BlobReader reader) {
        this.reader = new Paged(reader);
        this.tag = tagOf(reader.info().identity());
    }

    public BlobReader reader() {
        return reader;
    }

    public BlobInfo info() {
        return reader.info();
    }

    /// Whether its bytes are made when they are asked for.
    boolean isMade() {
        return reader.reader instanceof SpedSound;
    }

    /// Has bytes made that are; done at once for all others.
    CompletableFuture<?> prepare(long offset, long length) {
        return reader.reader instanceof SpedSound sound
                ? sound.prepare(offset, length)
                : CompletableFuture.completedFuture(null);
    }

    /// Names this version of the bytes; letters, digits, `-` and `_`.
    public String tag() {
        return tag;
    }

    /// Takes a share; false when the last one was given back meanwhile.
    boolean tryRetain() {
        while (true) {
            int count = users.get();
            if (count == 0) {
                return false;
            }
            if (users.compareAndSet(count, count + 1)) {
                return true;
            }
        }
    }

    public void release() {
        int left = users.decrementAndGet();
        if (left < 0) {
            throw new IllegalStateException(info().key() + ": released too often");
        }
        if (left == 0) {
            try {
                reader.close();
            } catch (IOException e) {
                LOG.warn("{} could not be closed", info().key(), e);
            }
        }
    }

    /// A short name for an identity of any length.
    static String tagOf(String identity) {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256")
                            .digest(identity.getBytes(StandardCharsets.UTF_8));
            return Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString(Arrays.copyOf(digest, 12));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is missing from this JDK", e);
        }
    }

    /// The reader and, once somebody asks, the pages of its file. The last user closes both.
    private static final class Paged implements PagedReader {
        private final BlobReader reader;
        private volatile @Nullable FilePages pages;
        private volatile boolean unmappable;

        Paged(BlobReader reader) {
            this.reader = reader;
        }

        @Override
        public @Nullable FilePages pages() {
            FilePages known = pages;
            return known != null || unmappable ? known : map();
        }

        private synchronized @Nullable FilePages map() {
            FileChannel file = reader.channel().orElse(null);
            if (pages == null && !unmappable) {
                try {
                    if (file == null || info().sizeBytes() == 0) {
                        unmappable = true;
                    } else {
                        pages = FilePages.of(file, info().sizeBytes());
                    }
                } catch (IOException | RuntimeException e) {
                    unmappable = true;
                    LOG.info("{} cannot be mapped, so it is read: {}", info().key(), e.toString());
                }
            }
            return pages;
        }

        @Override
        public BlobInfo info() {
            return reader.info();
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            return reader.read(target, position);
        }

        @Override
        public int readResident(ByteBuffer target, long position) {
            return reader.readResident(target, position);
        }

        @Override
        public Optional<FileChannel> channel() {
            return reader.channel();
        }

        @Override
        public synchronized void close() throws IOException {
            unmappable = true;
            FilePages mapped = pages;
            pages = null;
            if (mapped != null) {
                mapped.close();
            }
            reader.close();
        }
    }
}
