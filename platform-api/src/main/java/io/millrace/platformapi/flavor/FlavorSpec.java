package io.millrace.platformapi.flavor;

import org.jspecify.annotations.Nullable;

/// A row of `flavor_params`: what a rendition should become at most. Immutable.
///
/// @param height of a landscape picture, the width of a portrait one; 0 without picture
public record FlavorSpec(
        int id,
        int partnerId,
        String name,
        @Nullable String systemName,
        @Nullable String description,
        String tags,
        String format,
        String videoCodec,
        int videoBitrateKbps,
        String audioCodec,
        int audioBitrateKbps,
        int audioChannels,
        int audioSampleRate,
        int height,
        long createdAt) {
    /// The params of the file as it was uploaded.
    public static final int SOURCE = 0;

    boolean hasPicture() {
        return !videoCodec.isEmpty();
    }

    boolean isSoundOnly() {
        return videoCodec.isEmpty() && !audioCodec.isEmpty();
    }
}
