package io.millrace.liveingest.live;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.delivery.http.HttpExchange;
import io.millrace.delivery.http.HttpReply;
import io.millrace.delivery.http.PreparedReply;
import io.millrace.storage.cache.LoadOnceCache;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/// Plain HLS in MPEG-TS: playlists made once for each state, segments muxed once when they are
/// first asked for. Thread-safe.
final class TsAnswers implements AutoCloseable {
    private static final String MIME = "video/mp2t";

    /// For some hundred streams that somebody watches so, as each is asked for by all within
    /// seconds.
    private static final long CACHE_BYTES = 256L << 20;

    private static final int MAX_PLAYLISTS = 4096;

    private record SegmentKey(String entryId, String rendition, long sequence) {}

    /// What a playlist was made of; its number of segments says when it is old.
    private record MadePlaylist(Object of, PreparedReply reply) {}

    private record PlaylistState(long first, long end, boolean ended) {}

    private final LoadOnceCache<SegmentKey, byte[]> segments;
    private final ConcurrentHashMap<String, MadePlaylist> playlists = new ConcurrentHashMap<>();

    TsAnswers(MeterRegistry meters) {
        segments =
                new LoadOnceCache<>(
                        "live-ts", CACHE_BYTES, (_, bytes) -> bytes.length, null, meters);
    }

    /// @return null when there is nothing of that kind
    static @Nullable HttpReply master(LivePresentation presentation) {
        String text = TsRenditionView.master(presentation);
        int target = presentation.options().targetDurationSeconds();
        return text == null
                ? null
                : HttpReply.bytes(200, LivePlaylists.MIME, text.getBytes(StandardCharsets.UTF_8))
                        .cacheControl("max-age=" + target);
    }

    /// @return null when there is nothing of that kind
    @Nullable PreparedReply playlist(LivePresentation presentation, String rendition) {
        TsRenditionView view = view(presentation, rendition);
        if (view == null) {
            return null;
        }
        var listed = view.listed();
        var state =
                new PlaylistState(
                        listed.isEmpty() ? -1 : listed.getFirst().sequence(),
                        view.end(),
                        view.lead().ended());
        String key = presentation.entryId() + '/' + rendition;
        MadePlaylist made = playlists.get(key);
        if (made == null || !made.of().equals(state)) {
            int target = presentation.options().targetDurationSeconds();
            byte[] text = view.playlist(presentation.options()).getBytes(StandardCharsets.UTF_8);
            made =
                    new MadePlaylist(
                            state,
                            PreparedReply.of(
                                    HttpReply.bytes(200, LivePlaylists.MIME, text)
                                            .cacheControl(
                                                    "max-age="
                                                            + (state.ended()
                                                                    ? 6 * target
                                                                    : Math.max(1, target / 2)))));
            if (playlists.size() >= MAX_PLAYLISTS) {
                playlists.clear();
            }
            playlists.put(key, made);
        }
        return made.reply();
    }

    private static @Nullable TsRenditionView view(LivePresentation presentation, String rendition) {
        for (RenditionWindow window : presentation.renditions()) {
            if (window.rendition().equals(rendition)) {
                return TsRenditionView.of(window);
            }
        }
        return null;
    }

    /// Answers with a segment, or not at all.
    ///
    /// @return false when there is none
    boolean segment(HttpExchange exchange, LivePresentation presentation, LiveName.TsSegment name) {
        TsRenditionView view = view(presentation, name.rendition());
        LiveSegment lead = view == null ? null : view.segment(name.sequence());
        if (view == null || lead == null || lead.isGap()) {
            return false;
        }
        LiveSegment sound = view.soundOf(name.sequence());
        boolean video = view.lead().track().isVideo();
        var key = new SegmentKey(presentation.entryId(), name.rendition(), name.sequence());
        String cacheControl =
                LiveHttpHandler.immutable(presentation.options().targetDurationSeconds());
        segments.get(
                        key,
                        _ ->
                                TsSegmentMaker.make(
                                        video ? lead : null, video ? sound : lead, name.sequence()))
                .whenComplete(
                        (bytes, failure) -> {
                            if (failure != null) {
                                exchange.fail(failure);
                            } else {
                                exchange.reply(
                                        HttpReply.bytes(200, MIME, Objects.requireNonNull(bytes))
                                                .ranges()
                                                .cacheControl(cacheControl));
                            }
                        });
        return true;
    }

    @Override
    public void close() {
        segments.close();
    }
}
