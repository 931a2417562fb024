package io.millrace.liveingest.gate;

import io.millrace.delivery.http.HttpExchange;

import java.net.InetAddress;

/// Who is one viewer of a stream, as far as requests tell: the same program at one address, with
/// one link and one set of parameters of his own.
///
/// @param program the User-Agent, or empty
/// @param token of the link, or empty
/// @param parameters {@link OwnParameters}; empty also stands for all who share the rest: players
///   send what a master playlist was asked for with, but not always again with what it names
/// @param looks whether he wants a picture of the stream and no more
record Watcher(
        InetAddress address, String program, String token, String parameters, boolean looks) {
    private static final int MAX_TEXT = 256;

    static Watcher of(HttpExchange exchange, String token, boolean looks) {
        String program = exchange.header("User-Agent");
        return new Watcher(
                exchange.remoteAddress().getAddress(),
                program == null ? "" : shortened(program),
                shortened(token),
                OwnParameters.of(exchange.rawQuery()),
                looks);
    }

    private static String shortened(String text) {
        return text.length() > MAX_TEXT ? text.substring(0, MAX_TEXT) : text;
    }

    Watcher looking() {
        return new Watcher(address, program, token, parameters, true);
    }

    Watcher withoutParameters() {
        return new Watcher(address, program, token, "", looks);
    }
}
