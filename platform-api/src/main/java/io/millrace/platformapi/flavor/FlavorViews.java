package io.millrace.platformapi.flavor;

import io.millrace.platformapi.model.FlavorAsset;
import io.millrace.platformapi.model.FlavorAssetStatus;
import io.millrace.platformapi.model.FlavorParams;

import org.jspecify.annotations.Nullable;

/// Rows as the API's objects.
public final class FlavorViews {
    private FlavorViews() {}

    public static FlavorAsset of(Flavor row) {
        var view = new FlavorAsset();
        view.id = row.id();
        view.entryId = row.entryId();
        view.partnerId = row.partnerId();
        view.version = Integer.toString(row.version());
        view.size = (int) Math.min(Integer.MAX_VALUE, (row.sizeBytes() + 1023) / 1024);
        view.sizeInBytes = (double) row.sizeBytes();
        view.tags = row.tags();
        view.fileExt = row.fileExt();
        view.createdAt = row.createdAt();
        view.updatedAt = row.updatedAt();
        view.description = row.description();
        view.flavorParamsId = row.flavorParamsId();
        view.width = row.width();
        view.height = row.height();
        view.bitrate = row.bitrateKbps();
        view.frameRate = row.frameRate();
        view.isOriginal = row.isOriginal();
        view.isWeb = row.isWeb();
        view.containerFormat = row.containerFormat();
        view.videoCodecId = row.videoCodec();
        view.status = row.status();
        view.language = row.language();
        view.label = row.label();
        if (row.status() == FlavorAssetStatus.READY) {
            view.conversionProgress = 100;
        }
        return view;
    }

    static FlavorParams of(FlavorSpec row) {
        var view = new FlavorParams();
        view.id = row.id();
        view.partnerId = row.partnerId();
        view.name = row.name();
        view.systemName = row.systemName();
        view.description = row.description();
        view.createdAt = row.createdAt();
        view.isSystemDefault = row.partnerId() == 0 ? 1 : 0;
        view.tags = row.tags();
        view.format = textOrNull(row.format());
        view.videoCodec = textOrNull(row.videoCodec());
        view.videoBitrate = row.videoBitrateKbps();
        view.audioCodec = textOrNull(row.audioCodec());
        view.audioBitrate = row.audioBitrateKbps();
        view.audioChannels = row.audioChannels();
        view.audioSampleRate = row.audioSampleRate();
        view.width = 0;
        view.height = row.height();
        view.conversionEngines = "2";
        return view;
    }

    private static @Nullable String textOrNull(String text) {
        return text.isEmpty() ? null : text;
    }
}
