package io.millrace.liveingest.live;

import io.millrace.delivery.http.HttpExchange;

/// What becomes of a request for a stream that is not on this node, once the viewer's right to it
/// has been checked.
@FunctionalInterface
public interface LiveElsewhere {
    /// On the exchange's event loop; answers now or later.
    ///
    /// @param name what of the stream is wanted, like `master.m3u8`; `.flv` with the rendition
    ///   before it (`1.flv`) for HTTP-FLV
    void serve(HttpExchange exchange, String entryId, String name);
}
