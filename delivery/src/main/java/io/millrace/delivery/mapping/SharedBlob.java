package io.millrace.delivery.mapping;

import io.millrace.storage.blob.BlobInfo;
import io.millrace.storage.blob.BlobReader;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicInteger;

/// An open object with several users; the last one closes it. Whoever got one releases it once.
/// Thread-safe.
public final class SharedBlob {
    private static final Logger LOG = LoggerFactory.getLogger(SharedBlob.class);

    private final BlobReader reader;
    private final String tag;
    private final AtomicInteger users = new AtomicInteger(1);

    SharedBlob(BlobReader reader) {
        this.reader = reader;
        this.tag = tagOf(reader.info().identity());
    }

    public BlobReader reader() {
        return reader;
    }

    public BlobInfo info() {
        return reader.info();
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
}
