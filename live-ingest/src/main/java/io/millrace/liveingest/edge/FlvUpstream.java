package io.millrace.liveingest.edge;

import io.millrace.liveingest.play.StreamName;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;

/// Finds a stream on another node and opens it there, as HTTP-FLV. Thread-safe; never blocks.
final class FlvUpstream {
    private static final Logger log = LoggerFactory.getLogger(FlvUpstream.class);
    private static final long ANSWER_SECONDS = 10;

    private final CachedLocator locator;
    private final Origin origin;

    /// A stream that is there. Its body is to be subscribed to, or dropped.
    record Opened(URI node, Flow.Publisher<List<ByteBuffer>> body) {
        void drop() {
            body.subscribe(new Drop());
        }
    }

    FlvUpstream(CachedLocator locator, Origin origin) {
        this.locator = locator;
        this.origin = origin;
    }

    /// Opens it at the first node that has it; empty when none does. Fails when none does and one
    /// did not answer.
    ///
    /// @param except a node that is not asked
    CompletionStage<Optional<Opened>> open(StreamName name, @Nullable URI except) {
        return locator.locate(name.entryId())
                .thenCompose(
                        nodes ->
                                ask(
                                        name,
                                        nodes.stream()
                                                .filter(node -> !node.equals(except))
                                                .toList(),
                                        0,
                                        null));
    }

    /// Asks anew where it is.
    CompletionStage<Optional<Opened>> openAgain(StreamName name, @Nullable URI except) {
        locator.forget(name.entryId());
        return open(name, except);
    }

    private CompletionStage<Optional<Opened>> ask(
            StreamName name, List<URI> nodes, int index, @Nullable Throwable before) {
        if (index == nodes.size()) {
            return before == null
                    ? CompletableFuture.completedFuture(Optional.empty())
                    : CompletableFuture.failedFuture(before);
        }
        URI node = nodes.get(index);
        CompletableFuture<HttpResponse<Flow.Publisher<List<ByteBuffer>>>> asked =
                origin.askEndless(
                        node,
                        name.entryId(),
                        (name.rendition().isEmpty() ? "" : "_" + name.rendition()) + ".flv",
                        HttpResponse.BodyHandlers.ofPublisher());
        return asked.orTimeout(ANSWER_SECONDS, TimeUnit.SECONDS)
                .handle(
                        (response, failure) -> {
                            if (failure != null) {
                                log.warn(
                                        "live {}: {} does not answer: {}",
                                        name.entryId(),
                                        node,
                                        cause(failure).toString());
                                return ask(name, nodes, index + 1, cause(failure));
                            }
                            var opened = new Opened(node, response.body());
                            if (response.statusCode() == 200) {
                                return CompletableFuture.completedFuture(Optional.of(opened));
                            }
                            opened.drop();
                            Throwable refused =
                                    response.statusCode() == 404
                                            ? before
                                            : new CompletionException(
                                                    node + " answers " + response.statusCode(),
                                                    null);
                            return ask(name, nodes, index + 1, refused);
                        })
                .thenCompose(stage -> stage);
    }

    private static Throwable cause(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null
                ? failure.getCause()
                : failure;
    }

    /// Of a body that nobody wants.
    private static final class Drop implements Flow.Subscriber<List<ByteBuffer>> {
        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.cancel();
        }

        @Override
        public void onNext(List<ByteBuffer> buffers) {}

        @Override
        public void onError(Throwable failure) {}

        @Override
        public void onComplete() {}
    }
}
