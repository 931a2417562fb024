package io.millrace.liveingest.live;

import io.millrace.delivery.codec.AudioConfig;
import io.millrace.delivery.codec.VideoConfig;
import io.millrace.delivery.media.FrameRate;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

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

    /// The multivariant playlist: a variant for each rendition with video, and the sound of the
    /// first rendition that has some as a group of its own. Null when nothing can be played yet.
    ///
    /// @param dvr whether of those that players may go back in, and as far as they may
    /// @param fromStart whether players begin there
    static @Nullable String master(LivePresentation presentation, boolean dvr, boolean fromStart) {
        List<TrackWindow> videos = new ArrayList<>();
        TrackWindow audio = null;
        for (RenditionWindow rendition : presentation.renditions()) {
            if (dvr && rendition.dvr() == null) {
                continue;
            }
            TrackWindow video = rendition.video();
            if (video != null && !video.view().listed().isEmpty()) {
                videos.add(video);
            }
            TrackWindow sound = rendition.audio();
            if (audio == null && sound != null && !sound.view().listed().isEmpty()) {
                audio = sound;
            }
        }
        var out = new StringBuilder(512);
        out.append("#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-INDEPENDENT-SEGMENTS\n");
        if (fromStart) {
            out.append("#EXT-X-START:TIME-OFFSET=0,PRECISE=YES\n");
        }
        if (videos.isEmpty()) {
            if (audio == null) {
                return null;
            }
            variant(out, audio, null, dvr);
            return out.toString();
        }
        if (audio != null) {
            out.append("#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\",NAME=\"Audio\"");
            out.append(",DEFAULT=YES,AUTOSELECT=YES,CHANNELS=\"")
                    .append(
                            audio.view().track().codec() instanceof AudioConfig sound
                                    ? sound.hlsChannels()
                                    : "2")
                    .append("\",URI=\"")
                    .append(playlistName(audio.id(), dvr))
                    .append("\"\n");
        }
        for (TrackWindow video : videos) {
            variant(out, video, audio, dvr);
        }
        if (audio != null) {
            variant(out, audio, null, dvr); // radio, and players on lines too thin for pictures
        }
        return out.toString();
    }

    private static void variant(
            StringBuilder out, TrackWindow window, @Nullable TrackWindow audio, boolean dvr) {
        TrackWindow.View view = window.view();
        long average = view.averageBitsPerSecond();
        long peak = Math.max(view.peakBitsPerSecond(), average);
        String codecs = view.track().codec().codecs();
        if (audio != null) {
            TrackWindow.View sound = audio.view();
            average += sound.averageBitsPerSecond();
            peak += Math.max(sound.peakBitsPerSecond(), sound.averageBitsPerSecond());
            codecs += "," + sound.track().codec().codecs();
        }
        out.append("#EXT-X-STREAM-INF:BANDWIDTH=").append(Math.max(1, peak));
        out.append(",AVERAGE-BANDWIDTH=").append(Math.max(1, average));
        out.append(",CODECS=\"").append(codecs).append('"');
        if (view.track().codec() instanceof VideoConfig video && video.width() > 0) {
            out.append(",RESOLUTION=").append(video.width()).append('x').append(video.height());
        }
        picture(out, view);
        if (audio != null) {
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
