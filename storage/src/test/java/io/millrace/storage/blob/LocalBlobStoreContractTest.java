package io.millrace.storage.blob;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;

class LocalBlobStoreContractTest extends BlobStoreContract {
    @TempDir private Path folder;
    private LocalBlobStore store;

    @BeforeEach
    void open() throws IOException {
        store = new LocalBlobStore(folder, new SimpleMeterRegistry());
    }

    @Override
    protected BlobStore store() {
        return store;
    }
}
