package io.millrace.liveingest.gate;

import java.util.HashMap;
import java.util.Map;

/// What is asked about somebody who wants to watch.
///
/// @param stream the entry's id
/// @param rendition empty: the usual one, or all of them
/// @param kind how he watches: `rtmp`, `http-flv`, `hls`, `dash`; `thumbnail` for who looks only
public record PlayQuestion(String stream, String rendition, String kind, Player player) {
    /// @param more parameters that the player gave before; his newer ones count
    PlayQuestion withParameters(Map<String, String> more) {
        if (more.isEmpty()) {
            return this;
        }
        var all = new HashMap<>(more);
        all.putAll(player.parameters());
        return new PlayQuestion(
                stream, rendition, kind, new Player(player.address(), player.program(), all));
    }
}
