package io.millrace.liveingest.live;

import io.millrace.delivery.codec.VideoConfig;
import io.millrace.delivery.http.HttpReply;
import io.millrace.delivery.http.PreparedReply;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// The live stream's HLS playlists (RFC 8216bis), rendered once for each new segment.
///
/// All URIs are relative, so a token in the path goes on by itself.
final class LivePlaylists {
    static final String MIME = "application/vnd.apple.mpegurl";
    private static final DateTimeFormatter DATE_TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
                    .withZone(ZoneOffset.UTC);

    /// Both null before the first segment.
    record Rendered(@Nullable PreparedReply master, @Nullable PreparedReply media) {}

    private LivePlaylists() {}

    static Rendered render(
            List<LiveTrack> tracks,
            List<LiveSegment> listed,
            int targetDurationSeconds,
            long discontinuitySequence,
            boolean ended,
            long peakBitsPerSecond,
            long averageBitsPerSecond) {
        if (listed.isEmpty()) {
            return new Rendered(null, null);
        }
        String media = media(listed, targetDurationSeconds, discontinuitySequence, ended);
        String master = master(tracks, listed, peakBitsPerSecond, averageBitsPerSecond);
        // A reload may come after half a target duration at the earliest; after the end never.
        String cache = "max-age=" + (ended ? targetDurationSeconds : targetDurationSeconds / 2);
        return new Rendered(reply(master, cache), reply(media, cache));
    }

    private static PreparedReply reply(String playlist, String cache) {
        return PreparedReply.of(
                HttpReply.bytes(200, MIME, playlist.getBytes(StandardCharsets.UTF_8))
                        .cacheControl(cache));
    }

    private static String media(
            List<LiveSegment> listed,
            int targetDurationSeconds,
            long discontinuitySequence,
            boolean ended) {
        var out = new StringBuilder(256 + 128 * listed.size());
        out.append("#EXTM3U\n#EXT-X-VERSION:6\n");
        out.append("#EXT-X-TARGETDURATION:").append(targetDurationSeconds).append('\n');
        out.append("#EXT-X-MEDIA-SEQUENCE:").append(listed.getFirst().sequence()).append('\n');
        if (discontinuitySequence > 0) {
            out.append("#EXT-X-DISCONTINUITY-SEQUENCE:").append(discontinuitySequence).append('\n');
        }
        if (listed.stream().allMatch(LiveSegment::independent)) {
            out.append("#EXT-X-INDEPENDENT-SEGMENTS\n");
        }
        String map = "";
        for (LiveSegment segment : listed) {
            if (segment.discontinuity()) {
                out.append("#EXT-X-DISCONTINUITY\n");
            }
            if (!map.equals(segment.initName()) || segment.discontinuity()) {
                map = segment.initName();
                out.append("#EXT-X-MAP:URI=\"").append(map).append("\"\n");
            }
            out.append("#EXT-X-PROGRAM-DATE-TIME:")
                    .append(DATE_TIME.format(segment.startedAt()))
                    .append('\n');
            out.append("#EXTINF:")
                    .append(segment.durationMs() / 1000)
                    .append('.')
                    .append(String.format(Locale.ROOT, "%03d", segment.durationMs() % 1000))
                    .append(",\n");
            out.append(segment.name()).append('\n');
        }
        if (ended) {
            out.append("#EXT-X-ENDLIST\n");
        }
        return out.toString();
    }

    private static String master(
            List<LiveTrack> tracks,
            List<LiveSegment> listed,
            long peakBitsPerSecond,
            long averageBitsPerSecond) {
        LiveSegment newest = listed.getLast();
        long peak = Math.max(peakBitsPerSecond, averageBitsPerSecond);
        var out = new StringBuilder(256);
        out.append("#EXTM3U\n#EXT-X-VERSION:6\n");
        if (listed.stream().allMatch(LiveSegment::independent)) {
            out.append("#EXT-X-INDEPENDENT-SEGMENTS\n");
        }
        out.append("#EXT-X-STREAM-INF:BANDWIDTH=").append(Math.max(1, peak));
        out.append(",AVERAGE-BANDWIDTH=").append(Math.max(1, averageBitsPerSecond));
        out.append(",CODECS=\"")
                .append(
                        tracks.stream()
                                .map(track -> track.codec().codecs())
                                .collect(Collectors.joining(",")))
                .append('"');
        for (LiveTrack track : tracks) {
            if (track.codec() instanceof VideoConfig video && video.width() > 0) {
                out.append(",RESOLUTION=").append(video.width()).append('x').append(video.height());
                if (newest.durationMs() > 0) {
                    out.append(
                            String.format(
                                    Locale.ROOT,
                                    ",FRAME-RATE=%.3f",
                                    newest.videoFrames() * 1000.0 / newest.durationMs()));
                }
            }
        }
        out.append("\nindex.m3u8\n");
        return out.toString();
    }
}
