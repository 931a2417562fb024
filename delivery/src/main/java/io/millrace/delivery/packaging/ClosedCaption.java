package io.millrace.delivery.packaging;

import java.util.regex.Pattern;

/// Captions inside the pictures (CEA-608 or 708), as manifests announce them.
///
/// @param channel `CC1` to `CC4` (608) or `SERVICE1` to `SERVICE63` (708): HLS's `INSTREAM-ID`
/// @param language ISO 639-2/T or BCP 47; empty when not known
/// @param label for people; empty when not said
public record ClosedCaption(String channel, String language, String label) {
    private static final Pattern CHANNEL =
            Pattern.compile("CC[1-4]|SERVICE([1-9]|[1-5]\\d|6[0-3])");

    public ClosedCaption {
        if (!isChannel(channel)) {
            throw new IllegalArgumentException(
                    "channel: " + channel + " (expected: CC1..CC4 or SERVICE1..SERVICE63)");
        }
    }

    public static boolean isChannel(String text) {
        return CHANNEL.matcher(text).matches();
    }

    public boolean isService() {
        return channel.startsWith("SERVICE");
    }
}
