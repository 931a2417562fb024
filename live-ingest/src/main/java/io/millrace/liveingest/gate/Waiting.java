package io.millrace.liveingest.gate;

import io.millrace.delivery.http.HttpExchange;
import io.millrace.delivery.http.HttpProblem;
import io.millrace.delivery.http.HttpReply;
import io.millrace.liveingest.gate.PlayGate.Verdict;

import java.util.concurrent.RejectedExecutionException;

/// A request that goes on when it is known whether its viewer may watch. Thread-safe.
///
/// @param answer what it wants, if he may
record Waiting(HttpExchange exchange, PlaylistGate.Answer answer) {
    void hear(Verdict verdict) {
        try {
            exchange.loop().execute(() -> heard(verdict));
        } catch (RejectedExecutionException _) {
            // The loops are going down, and the connection with them.
        }
    }

    private void heard(Verdict verdict) {
        switch (verdict) {
            case Verdict.Allowed _ -> {
                try {
                    answer.give();
                } catch (HttpProblem | RuntimeException e) {
                    exchange.fail(e);
                }
            }
            case Verdict.Refused(String reason) ->
                    exchange.reply(HttpReply.text(403, reason).cacheControl("no-store"));
            case Verdict.Unknown _ ->
                    exchange.reply(later(Verdict.Unknown.MESSAGE, (int) Leave.UNKNOWN.toSeconds()));
        }
    }

    /// There is no room for one more.
    void busy() {
        exchange.reply(later("Too many want to watch.", 5));
    }

    private static HttpReply later(String message, int seconds) {
        return HttpReply.text(503, message)
                .header("Retry-After", Integer.toString(seconds))
                .cacheControl("no-store");
    }
}
