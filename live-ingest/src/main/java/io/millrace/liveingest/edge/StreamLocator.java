package io.millrace.liveingest.edge;

import java.net.URI;
import java.util.List;
import java.util.concurrent.CompletionStage;

/// Knows which nodes have a stream. Thread-safe; never blocks.
@FunctionalInterface
public interface StreamLocator {
    /// `http://host:port` of the nodes that have it, the best first; none when nobody has. Fails
    /// when nobody can be asked.
    CompletionStage<List<URI>> locate(String entryId);
}
