package io.millrace.batch.worker;

import io.millrace.storage.blob.BlobKey;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;

/// Sources that are not in the store yet: recordings that grow on the disk of the node that
/// records. Thread-safe; calls block.
@FunctionalInterface
public interface SourcesElsewhere {
    /// Where there are no other nodes.
    SourcesElsewhere NONE = (_, _, _) -> false;

    /// Copies what there is of a source by now.
    ///
    /// @param into a file that is not there yet
    /// @return whether anybody has it; when not, `into` is not there either
    boolean copy(BlobKey key, Path into, BooleanSupplier cancelled)
            throws IOException, InterruptedException;
}
