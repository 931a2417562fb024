package io.millrace.liveingest.gate;

import io.millrace.delivery.http.HttpExchange;
import io.millrace.delivery.http.HttpProblem;

import org.jspecify.annotations.Nullable;

import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Who wants to watch. {@link #toString} never shows the parameters.
///
/// @param address null when it is not known
/// @param program what it says it is, or empty
/// @param parameters of the URL, the link's token among them as `s`
public record Player(
        @Nullable InetAddress address, String program, Map<String, String> parameters) {
    private static final int MAX_PROGRAM = 256;

    public Player {
        program = program.length() > MAX_PROGRAM ? program.substring(0, MAX_PROGRAM) : program;
        parameters = Map.copyOf(parameters);
    }

    /// @param token of the link; empty when there is none
    /// @throws HttpProblem 400 when an escape in the query is broken
    public static Player of(HttpExchange exchange, String token) throws HttpProblem {
        var parameters = new LinkedHashMap<String, String>();
        for (Map.Entry<String, List<String>> parameter : exchange.query().asMap().entrySet()) {
            if (!OwnParameters.isDirective(parameter.getKey())) {
                parameters.put(parameter.getKey(), parameter.getValue().getFirst());
            }
        }
        if (!token.isEmpty()) {
            parameters.put("s", token);
        }
        String program = exchange.header("User-Agent");
        return new Player(
                exchange.remoteAddress().getAddress(), program == null ? "" : program, parameters);
    }

    @Override
    public String toString() {
        return "Player[address=" + address + ", program=" + program + "]";
    }
}
