package io.millrace.delivery.http;

/// From a request's checked head to its handler, whatever the protocol.
final class RequestDispatch {
    static final HttpRouter.Route NO_ROUTE = new HttpRouter.Route("/", "none", 0, exchange -> {});

    private static final String METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

    private RequestDispatch() {}

    /// The route of a head; one that leads nowhere when there is none.
    static HttpRouter.Route route(ListenerState listener, RequestHead head) {
        HttpRouter.Route route = listener.router().find(head.path());
        return route == null ? NO_ROUTE : route;
    }

    /// Calls the handler, or answers in its place. On the event loop.
    static void handle(ListenerState listener, BaseExchange exchange) {
        exchange.admitted();
        HttpReply refusal = listener.admission().enter(exchange);
        if (refusal != null) {
            exchange.reply(refusal);
            return;
        }
        RequestHead head = exchange.head();
        HttpRouter.Route route = exchange.route();
        if (head.method().equals("OPTIONS")) {
            exchange.reply(preflight(exchange));
        } else if (route == NO_ROUTE) {
            exchange.reply(HttpReply.text(404, "There is nothing at this path."));
        } else if (head.method().equals("CONNECT") || head.method().equals("TRACE")) {
            exchange.reply(
                    HttpReply.text(405, head.method() + " is not served here.")
                            .header("Allow", METHODS));
        } else if (head.contentLength() > route.maxBodyBytes()) {
            exchange.reply(HttpReply.text(413, tooLarge(route)));
        } else {
            try {
                route.handler().handle(exchange);
            } catch (Throwable t) {
                exchange.fail(t);
            }
        }
    }

    static String tooLarge(HttpRouter.Route route) {
        return "The body is larger than the " + route.maxBodyBytes() + " bytes taken here.";
    }

    /// The answer to OPTIONS: what a browser asks before it sends anything unusual.
    private static HttpReply preflight(HttpExchange exchange) {
        HttpReply reply =
                HttpReply.of(204)
                        .header("Allow", METHODS)
                        .header("Access-Control-Allow-Origin", "*")
                        .header("Access-Control-Allow-Methods", METHODS)
                        .header("Access-Control-Max-Age", "86400");
        String wanted = exchange.header("Access-Control-Request-Headers");
        return reply.header("Access-Control-Allow-Headers", wanted == null ? "Range" : wanted)
                .header("Access-Control-Expose-Headers", "*");
    }
}
