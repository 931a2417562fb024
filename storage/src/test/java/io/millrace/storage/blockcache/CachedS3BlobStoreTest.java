package io.millrace.storage.blockcache;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.storage.blob.BlobStore;
import io.millrace.storage.blob.BlobStoreContract;
import io.millrace.storage.s3.S3BlobStore;
import io.millrace.storage.testing.S3Server;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;

/// The contract on a real S3 server behind a cache of a few small blocks.
class CachedS3BlobStoreTest extends BlobStoreContract {
    @TempDir private Path folder;
    private CachedBlobStore store;

    @BeforeEach
    void open() throws Exception {
        var meters = new SimpleMeterRegistry();
        S3Server server = S3Server.shared();
        store =
                new CachedBlobStore(
                        new S3BlobStore(
                                server.settings(server.newBucket()),
                                folder.resolve("spool"),
                                meters),
                        folder.resolve("cache"),
                        1 << 20,
                        64 << 10,
                        Duration.ofSeconds(20),
                        meters);
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Override
    protected BlobStore store() {
        return store;
    }
}
