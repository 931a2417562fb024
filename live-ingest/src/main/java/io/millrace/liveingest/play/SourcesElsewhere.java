package io.millrace.liveingest.play;

import io.millrace.liveingest.stream.LiveSource;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/// Streams of other nodes, as sources on this one. Thread-safe; never blocks.
public interface SourcesElsewhere {
    /// Which of these another node has; empty when none does. Fails when nobody can be asked.
    ///
    /// @param names not empty
    CompletionStage<Optional<StreamName>> locate(List<StreamName> names);

    /// The stream, which is fetched once however many want it, until some time after the last
    /// viewer has left; empty when no node has it. Fails when the node that has it does not answer.
    CompletionStage<Optional<LiveSource>> find(StreamName name);
}
