package io.millrace.platformapi.playback;

import io.millrace.platformapi.entry.Entry;
import io.millrace.platformapi.entry.PlaybackContexts;
import io.millrace.platformapi.flavor.Flavor;
import io.millrace.platformapi.flavor.FlavorAssetService;
import io.millrace.platformapi.flavor.FlavorViews;
import io.millrace.platformapi.http.ApiCall;
import io.millrace.platformapi.model.AccessControlMessage;
import io.millrace.platformapi.model.EntryStatus;
import io.millrace.platformapi.model.PlaybackContext;
import io.millrace.platformapi.model.PlaybackSource;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// How an entry can be played: the sources that a player chooses from (kaltura-v3 d.4), or why
/// there are none. Thread-safe.
public final class EntryPlayback implements PlaybackContexts, FlavorAssetService.FlavorLinks {
    /// Our delivery profiles' ids; clients only hand them back.
    private static final String HLS_PROFILE = "1";

    private static final String DASH_PROFILE = "2";
    private static final String FILE_PROFILE = "3";
    private static final String LIVE_PROFILE = "4";
    private static final String LIVE_DASH_PROFILE = "5";

    private final Playable playable;
    private final LiveState live;
    private final PlaybackUrls urls;
    private final String publicUrl;

    /// @param publicUrl scheme, host and port that viewers use; empty: the one a caller came by
    public EntryPlayback(Playable playable, LiveState live, PlaybackUrls urls, String publicUrl) {
        this.playable = playable;
        this.live = live;
        this.urls = urls;
        this.publicUrl = publicUrl;
    }

    /// Whether a live entry is on the air; implemented by the live feature.
    public interface LiveState {
        boolean isLive(String entryId);

        /// Whether its players may go back.
        boolean goesBack(String entryId);
    }

    @Override
    public PlaybackContext of(ApiCall call, Entry entry) {
        var context = new PlaybackContext();
        var sources = new ArrayList<PlaybackSource>();
        var messages = new ArrayList<AccessControlMessage>();
        context.sources = sources;
        context.messages = messages;
        context.playbackCaptions = List.of();
        context.flavorAssets = List.of();
        context.actions = List.of();
        context.bumperData = List.of();
        String base = base(call.baseUrl());
        if (entry.isLive()) {
            sources.add(source(base, entry, LIVE_PROFILE, "applehttp", "a.m3u8", null));
            sources.add(source(base, entry, LIVE_DASH_PROFILE, "mpegdash", "a.mpd", null));
            if (!live.isLive(entry.id())) {
                messages.add(message("ENTRY_NOT_LIVE", "The stream is not on the air"));
            }
            return context;
        }
        if (!entry.isReady()) {
            messages.add(notReady(entry));
            return context;
        }
        List<Flavor> flavors = playable.of(entry, null);
        if (flavors.isEmpty()) {
            return context;
        }
        context.flavorAssets = flavors.stream().map(FlavorViews::of).toList();
        String ids = flavors.stream().map(Flavor::id).collect(Collectors.joining(","));
        sources.add(source(base, entry, HLS_PROFILE, "applehttp", "a.m3u8", ids));
        sources.add(source(base, entry, DASH_PROFILE, "mpegdash", "a.mpd", ids));
        sources.add(source(base, entry, FILE_PROFILE, "url", "a.mp4", ids));
        return context;
    }

    @Override
    public String progressive(ApiCall call, Flavor flavor) {
        return urls.progressive(base(call.baseUrl()), flavor);
    }

    private String base(String callers) {
        return publicUrl.isEmpty() ? callers : publicUrl;
    }

    private static AccessControlMessage notReady(Entry entry) {
        return switch (entry.status()) {
            case EntryStatus.ERROR_CONVERTING, EntryStatus.ERROR_IMPORTING ->
                    message(
                            entry.errorCode() == null ? "ENTRY_ERROR" : entry.errorCode(),
                            entry.errorDescription() == null
                                    ? "The entry could not be processed"
                                    : entry.errorDescription());
            case EntryStatus.NO_CONTENT ->
                    message("ENTRY_NO_CONTENT", "The entry has no content yet");
            default -> message("ENTRY_CONVERTING", "The entry is still being processed");
        };
    }

    private static AccessControlMessage message(String code, String text) {
        var message = new AccessControlMessage();
        message.code = code;
        message.message = text;
        return message;
    }

    private static PlaybackSource source(
            String base,
            Entry entry,
            String profile,
            String format,
            String fileName,
            @Nullable String flavorIds) {
        var source = new PlaybackSource();
        source.deliveryProfileId = profile;
        source.format = format;
        source.protocols = base.substring(0, Math.max(0, base.indexOf(':')));
        source.flavorIds = flavorIds;
        String url =
                PlaybackUrls.playManifest(base, entry.partnerId(), entry.id(), format, fileName);
        source.url =
                flavorIds == null
                        ? url
                        : url.replace("/format/", "/flavorIds/" + flavorIds + "/format/");
        source.drm = List.of();
        return source;
    }
}
