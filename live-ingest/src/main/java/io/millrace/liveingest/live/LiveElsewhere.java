package io.millrace.liveingest.live;

import io.millrace.delivery.http.HttpExchange;
import io.millrace.liveingest.gate.NodeToken;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// What becomes of a request for a stream that is not on this node, once the viewer's right to it
/// has been checked.
@FunctionalInterface
public interface LiveElsewhere {
    /// Names a request as another node's, which will not be helped by being sent on.
    String ASKING_NODE = NodeToken.HEADER;

    /// On the exchange's event loop; answers now or later.
    ///
    /// @param name what of the stream is wanted, like `master.m3u8`
    /// @param found run when it is there, before it is sent
    void serve(HttpExchange exchange, String entryId, String name, Runnable found);

    /// Whether another node may have the stream: nobody is asked who may watch what is nowhere.
    /// Fails when that cannot be found out.
    default CompletionStage<Boolean> has(String entryId) {
        return CompletableFuture.completedFuture(true);
    }
}
