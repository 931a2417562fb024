package io.millrace.platformapi.flavor;

import io.millrace.platformapi.entry.Entry;
import io.millrace.platformapi.model.FlavorAssetStatus;
import io.millrace.platformapi.model.SourceType;

import org.jspecify.annotations.Nullable;

/// A row of `flavor_asset`: the source of an entry or one rendition of it. Immutable.
///
/// @param version 0 until there are bytes; part of the key
public record Flavor(
        String id,
        String entryId,
        int partnerId,
        int flavorParamsId,
        boolean isOriginal,
        int status,
        int readyBehavior,
        int version,
        @Nullable String blobKey,
        long sizeBytes,
        String tags,
        @Nullable String fileExt,
        @Nullable String containerFormat,
        @Nullable String videoCodec,
        @Nullable String audioCodec,
        int width,
        int height,
        int bitrateKbps,
        double frameRate,
        long durationMs,
        @Nullable String language,
        @Nullable String label,
        @Nullable String description,
        long createdAt,
        long updatedAt) {
    /// `ready_behavior` of a flavor without which the entry is not ready.
    public static final int REQUIRED = 1;

    public boolean isReady() {
        return status == FlavorAssetStatus.READY && blobKey != null;
    }

    /// Whether players are offered it.
    public boolean isWeb() {
        return hasTag("web") || hasTag("mbr");
    }

    /// Whether it is the source of a recorded broadcast or a clip of one, in codecs that players
    /// have.
    public boolean playsAsItIs(Entry entry) {
        return isOriginal
                && isReady()
                && (Integer.valueOf(SourceType.KALTURA_RECORDED_LIVE).equals(entry.sourceType())
                        || Integer.valueOf(SourceType.CLIP).equals(entry.sourceType()))
                && (videoCodec == null || videoCodec.equals("h264") || videoCodec.equals("avc1"))
                && (audioCodec == null || audioCodec.equals("aac") || audioCodec.equals("mp4a"));
    }

    public boolean hasTag(String tag) {
        for (String each : tags.split(",")) {
            if (each.strip().equals(tag)) {
                return true;
            }
        }
        return false;
    }
}
