package io.millrace.mediaserver.config;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/// Calls to the operator's own program when something happens to a live stream.
public record HooksConfig(
        @Setting(
                        key = "live.hooks.url",
                        value = "",
                        unit = "URL",
                        help =
                                "Where events are sent to, as POST with a JSON object (docs/live.md). Empty: nowhere.")
                String url,
        @Setting(
                        key = "live.hooks.events",
                        value =
                                "publish, unpublish, play, record-started, record-finished, record-failed, record-resumed",
                        unit = "list",
                        help =
                                "Which events are sent. publish and play (RTMP, HTTP-FLV, HLS and DASH) are questions: 2xx allows, 4xx refuses. With play, shared caches may not keep live streams.")
                List<String> events,
        @Setting(
                        key = "live.hooks.timeout",
                        value = "3s",
                        unit = "duration",
                        help =
                                "How long an answer may take; a publisher or viewer without one is turned away and may try again.",
                        min = 1,
                        max = 30)
                Duration timeout) {
    private static final Set<String> EVENTS =
            Set.of(
                    "publish",
                    "unpublish",
                    "play",
                    "record-started",
                    "record-finished",
                    "record-failed",
                    "record-resumed");

    public HooksConfig {
        events = List.copyOf(events);
        for (String event : events) {
            if (!EVENTS.contains(event)) {
                throw new IllegalArgumentException(
                        "live.hooks.events: " + event + " (expected: some of " + EVENTS + ")");
            }
        }
        if (!url.isEmpty()) {
            try {
                URI uri = URI.create(url);
                if (uri.getHost() == null
                        || !("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
                    throw new IllegalArgumentException(url);
                }
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "live.hooks.url: " + url + " (expected: http://host/path)", e);
            }
        }
    }
}
