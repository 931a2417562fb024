package io.millrace.liveingest.live;

import io.millrace.delivery.codec.AudioConfig;
import io.millrace.delivery.codec.VideoConfig;
import io.millrace.delivery.media.FrameRate;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/// A live stream's HLS playlists (RFC 8216bis).
///
/// All URIs are relative, so a token in the path goes on by itself.
final class LivePlaylists {
    static final String MIME = "application/vnd.apple.mpegurl";
    private static final DateTimeFormatter DATE_TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
                    .withZone(ZoneOffset.UTC);

    private LivePlaylists() {}

    /// @param dvr whether of the whole window that players may go back in
    static String playlistName(String id, boolean dvr) {
        return id + (dvr ? "-dvr.m3u8" : ".m3u8");
    }

    /// @param sequence of the first segment that needs it
    static String initName(String id, long sequence) {
        return id + "-init-" + sequence + ".mp4";
    }

    /// What an MPD says of the names of the segments that need this init segment.
    static String timedSegments(String initName) {
        return "$RepresentationID$-time-$Time$" + number(initName) + ".m4s";
    }

    /// Of an init segment, with the dash before it.
    private static String number(String initName) {
        return initName.substring(
                Math.max(0, initName.lastIndexOf('-')),
                Math.max(0, initName.length() - ".mp4".length()));
    }

    static String segmentName(String id, long sequence) {
        return id + "-seg-" + sequence + ".m4s";
    }

    static StringBuilder partName(
            StringBuilder out, String id, long sequence, int part, String initName) {
        return out.append(id)
                .append("-part-")
                .append(sequence)
                .append('.')
                .append(part)
                .append(number(initName))
                .append(".m4s");
    }

    static String dateTime(Instant time) {
        return DATE_TIME.format(time);
    }

    /// Whether a player may start at any segment that is listed.
    static boolean allIndependent(TrackWindow.View view) {
        return (view.open().isEmpty() || view.open().getFirst().independent())
                && view.listed().stream()
                        .allMatch(segment -> segment.independent() || segment.isGap());
    }

    static StringBuilder seconds(StringBuilder out, long ms) {
        out.append(ms / 1000).append('.');
        long rest = ms % 1000;
        return out.append(rest < 10 ? "00" : rest < 100 ? "0" : "").append(rest);
    }

    /// The multivariant playlist: a variant for each rendition with video, and the {@link Sounds}
    /// as a group. Null when nothing can be played yet.
    ///
    /// @param dvr whether of those that players may go back in, and as far as they may
    /// @param fromStart whether players begin there
    static @Nullable String master(LivePresentation presentation, boolean dvr, boolean fromStart) {
        List<RenditionWindow> listed =
                presentation.renditions().stream()
                        .filter(rendition -> !dvr || rendition.dvr() != null)
                        .toList();
        List<TrackWindow> videos = begun(listed.stream().map(RenditionWindow::video));
        List<TrackWindow> sounds = begun(Sounds.of(listed).stream().map(RenditionWindow::audio));
        var out = new StringBuilder(512);
        out.append("#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-INDEPENDENT-SEGMENTS\n");
        if (fromStart) {
            out.append("#EXT-X-START:TIME-OFFSET=0,PRECISE=YES\n");
        }
        if (videos.isEmpty()) {
            if (sounds.isEmpty()) {
                return null;
            }
            if (sounds.size() > 1) {
                group(out, sounds, dvr);
            }
            variant(out, sounds.getFirst(), sounds.size() > 1 ? sounds : List.of(), dvr);
            return out.toString();
        }
        group(out, sounds, dvr);
        for (TrackWindow video : videos) {
            variant(out, video, sounds, dvr);
        }
        if (!sounds.isEmpty()) {
            // Radio, and players on lines too thin for pictures.
            variant(out, sounds.getFirst(), List.of(), dvr);
        }
        return out.toString();
    }

    /// Those that have something to play.
    private static List<TrackWindow> begun(Stream<@Nullable TrackWindow> windows) {
        List<TrackWindow> begun = new ArrayList<>();
        windows.forEach(
                window -> {
                    if (window != null && !window.view().listed().isEmpty()) {
                        begun.add(window);
                    }
                });
        return begun;
    }

    private static void group(StringBuilder out, List<TrackWindow> sounds, boolean dvr) {
        int number = 1;
        for (TrackWindow window : sounds) {
            out.append("#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\",NAME=\"Audio");
            if (number > 1) {
                out.append(' ').append(number);
            }
            out.append("\",DEFAULT=").append(number == 1 ? "YES" : "NO");
            out.append(",AUTOSELECT=YES,CHANNELS=\"")
                    .append(
                            window.view().track().codec() instanceof AudioConfig sound
                                    ? sound.hlsChannels()
                                    : "2")
                    .append("\",URI=\"")
                    .append(playlistName(window.id(), dvr))
                    .append("\"\n");
            number++;
        }
    }

    /// @param sounds of the group that it is played with; empty when it is played alone
    private static void variant(
            StringBuilder out, TrackWindow window, List<TrackWindow> sounds, boolean dvr) {
        TrackWindow.View view = window.view();
        long average = view.averageBitsPerSecond();
        long peak = Math.max(view.peakBitsPerSecond(), average);
        Set<String> codecs = new LinkedHashSet<>(List.of(view.track().codec().codecs()));
        long soundAverage = 0;
        long soundPeak = 0;
        for (TrackWindow other : sounds) {
            if (other != window) {
                TrackWindow.View sound = other.view();
                soundAverage = Math.max(soundAverage, sound.averageBitsPerSecond());
                soundPeak = Math.max(soundPeak, sound.peakBitsPerSecond());
                codecs.add(sound.track().codec().codecs());
            }
        }
        // Whichever is chosen is in place of a sound that is the variant itself.
        average = view.track().isVideo() ? average + soundAverage : Math.max(average, soundAverage);
        peak =
                view.track().isVideo()
                        ? peak + Math.max(soundPeak, soundAverage)
                        : Math.max(peak, soundPeak);
        out.append("#EXT-X-STREAM-INF:BANDWIDTH=").append(Math.max(1, peak));
        out.append(",AVERAGE-BANDWIDTH=").append(Math.max(1, average));
        out.append(",CODECS=\"").append(String.join(",", codecs)).append('"');
        if (view.track().codec() instanceof VideoConfig video && video.width() > 0) {
            out.append(",RESOLUTION=").append(video.width()).append('x').append(video.height());
        }
        picture(out, view);
        if (!sounds.isEmpty()) {
            out.append(",AUDIO=\"audio\"");
        }
        out.append('\n').append(playlistName(window.id(), dvr)).append('\n');
    }

    /// What a variant's attributes say of its pictures beside their size.
    static void picture(StringBuilder out, TrackWindow.View view) {
        FrameRate rate = view.track().isVideo() ? LiveFrameRate.of(view) : null;
        if (rate != null) {
            out.append(",FRAME-RATE=").append(rate.decimal());
        }
        if (view.track().codec() instanceof VideoConfig video) {
            out.append(",VIDEO-RANGE=").append(video.color().range().name());
        }
    }
}
