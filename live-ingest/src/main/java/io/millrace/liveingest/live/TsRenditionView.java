package io.millrace.liveingest.live;

import io.millrace.delivery.codec.CodecConfig;
import io.millrace.delivery.codec.VideoConfig;
import io.millrace.delivery.failure.UnsupportedMediaException;
import io.millrace.delivery.mpegts.TsStream;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// A rendition as transport streams: pictures and sound of one segment in one file. A snapshot.
///
/// @param sound null when there is none, or none that MPEG-TS carries
/// @param end segments before this number are whole on both tracks
record TsRenditionView(
        String rendition, TrackWindow.View lead, TrackWindow.@Nullable View sound, long end) {

    /// Null when MPEG-TS does not carry what leads it, or nothing is there yet.
    static @Nullable TsRenditionView of(RenditionWindow rendition) {
        TrackWindow leading = rendition.leading();
        if (leading == null || !carries(leading.view().track().codec())) {
            return null;
        }
        TrackWindow audio = rendition.audio();
        TrackWindow.View lead = leading.view();
        TrackWindow.View sound =
                audio == null || audio == leading || !carries(audio.view().track().codec())
                        ? null
                        : audio.view();
        long end =
                sound == null
                        ? lead.openSequence()
                        : Math.min(lead.openSequence(), sound.openSequence());
        return new TsRenditionView(rendition.rendition(), lead, sound, end);
    }

    private static boolean carries(CodecConfig codec) {
        try {
            TsStream stream = TsStream.of(codec, "und");
            return !stream.video() || stream.nalLengthSize() == 4;
        } catch (UnsupportedMediaException _) {
            return false;
        }
    }

    List<LiveSegment> listed() {
        List<LiveSegment> listed = lead.listed();
        int count = listed.size();
        while (count > 0 && listed.get(count - 1).sequence() >= end) {
            count--;
        }
        return listed.subList(0, count);
    }

    /// Null when it is not kept, or not whole.
    @Nullable LiveSegment segment(long sequence) {
        return sequence < end ? lead.segment(sequence) : null;
    }

    @Nullable LiveSegment soundOf(long sequence) {
        LiveSegment segment = sound == null ? null : sound.segment(sequence);
        return segment == null || segment.isGap() ? null : segment;
    }

    /// A rendition's media playlist.
    String playlist(LiveWindowOptions options) {
        List<LiveSegment> listed = listed();
        var out = new StringBuilder(256 + 140 * listed.size());
        out.append("#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:")
                .append(options.targetDurationSeconds())
                .append("\n#EXT-X-MEDIA-SEQUENCE:")
                .append(listed.isEmpty() ? end : listed.getFirst().sequence())
                .append('\n');
        if (lead.discontinuitySequence() > 0) {
            out.append("#EXT-X-DISCONTINUITY-SEQUENCE:")
                    .append(lead.discontinuitySequence())
                    .append('\n');
        }
        for (LiveSegment segment : listed) {
            if (segment.discontinuity()) {
                out.append("#EXT-X-DISCONTINUITY\n");
            }
            out.append("#EXT-X-PROGRAM-DATE-TIME:")
                    .append(LivePlaylists.dateTime(segment.startedAt()))
                    .append("\n#EXTINF:");
            LivePlaylists.seconds(out, segment.durationMs())
                    .append(",\nts")
                    .append(rendition)
                    .append("-seg-")
                    .append(segment.sequence())
                    .append(".ts\n");
        }
        if (lead.ended()) {
            out.append("#EXT-X-ENDLIST\n");
        }
        return out.toString();
    }

    /// The multivariant playlist of all renditions that MPEG-TS carries; null when there is none.
    static @Nullable String master(LivePresentation presentation) {
        var out = new StringBuilder(256).append("#EXTM3U\n#EXT-X-VERSION:3\n");
        boolean any = false;
        for (RenditionWindow window : presentation.renditions()) {
            TsRenditionView view = of(window);
            if (view != null && !view.listed().isEmpty()) {
                view.variant(out);
                any = true;
            }
        }
        return any ? out.toString() : null;
    }

    private void variant(StringBuilder out) {
        long average = lead.averageBitsPerSecond();
        long peak = Math.max(lead.peakBitsPerSecond(), average);
        CodecConfig codec = lead.track().codec();
        String codecs = codec.codecs();
        if (sound != null) {
            average += sound.averageBitsPerSecond();
            peak += Math.max(sound.peakBitsPerSecond(), sound.averageBitsPerSecond());
            codecs += "," + sound.track().codec().codecs();
        }
        // Packet headers, PES headers, tables: 5 % and some more for thin streams.
        out.append("#EXT-X-STREAM-INF:BANDWIDTH=")
                .append(Math.max(1, peak + peak / 20 + 20_000))
                .append(",AVERAGE-BANDWIDTH=")
                .append(Math.max(1, average + average / 20 + 20_000))
                .append(",CODECS=\"")
                .append(codecs)
                .append('"');
        if (codec instanceof VideoConfig video && video.width() > 0) {
            out.append(",RESOLUTION=").append(video.width()).append('x').append(video.height());
            LivePlaylists.picture(out, lead);
        }
        out.append("\nts").append(rendition).append(".m3u8\n");
    }
}
