package io.millrace.mediaserver.role;

import io.millrace.liveingest.edge.StreamLocator;
import io.millrace.platformapi.client.ApiClientException;
import io.millrace.platformapi.client.PlatformClient;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/// Asks the platform by `liveStream.locate`. Thread-safe.
final class PlatformStreamLocator implements StreamLocator {
    private final PlatformClient platform;
    private final String ownUrl;
    private final Executor blocking;

    /// @param ownUrl of this node, which is no place to look at
    PlatformStreamLocator(PlatformClient platform, String ownUrl, Executor blocking) {
        this.platform = platform;
        this.ownUrl = ownUrl;
        this.blocking = blocking;
    }

    @Override
    public CompletionStage<List<URI>> locate(String entryId) {
        return CompletableFuture.supplyAsync(() -> ask(entryId), blocking);
    }

    private List<URI> ask(String entryId) {
        try {
            Object answer = platform.call("liveStream.locate", Map.of("entryId", entryId));
            var nodes = new ArrayList<URI>();
            for (String address : String.valueOf(answer == null ? "" : answer).split(",")) {
                if (!address.isEmpty() && !address.equals(ownUrl)) {
                    nodes.add(URI.create(address));
                }
            }
            return nodes;
        } catch (ApiClientException | IOException | IllegalArgumentException e) {
            throw new CompletionException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CompletionException(e);
        }
    }
}
