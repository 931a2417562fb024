package io.millrace.delivery.hls;

import io.millrace.delivery.failure.UnsupportedMediaException;
import io.millrace.delivery.media.FrameRate;
import io.millrace.delivery.media.Track;
import io.millrace.delivery.packaging.AudioChoice;
import io.millrace.delivery.packaging.Bandwidth;
import io.millrace.delivery.packaging.ClosedCaption;
import io.millrace.delivery.packaging.KeyFrameFragment;
import io.millrace.delivery.packaging.MediaRequestName;
import io.millrace.delivery.packaging.MediaSet;
import io.millrace.delivery.packaging.Presentation;
import io.millrace.delivery.packaging.Rendition;
import io.millrace.delivery.packaging.SegmentFormat;
import io.millrace.delivery.packaging.Selection;
import io.millrace.delivery.packaging.TextPick;
import io.millrace.delivery.packaging.TrackPick;
import io.millrace.delivery.packaging.VideoLook;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntUnaryOperator;

/// The multivariant playlist of a presentation.
///
/// MPEG-TS variants mux the audio of their own file, unless the set has several languages. fMP4
/// variants (CMAF: a track a file) name an audio group, as MPEG-TS ones with several languages do:
/// a group per codec, and a variant per video and group. Never both for the same audio. Bit rates
/// are measured on the segments as they will be sent. A variant that cannot travel in the format is
/// left out.
public final class MultivariantPlaylistWriter {
    private final Presentation presentation;
    private final MediaSet set;
    private final SegmentFormat format;
    private final MediaRequestName.Kind playlist;
    private final List<TrackPick> videos;
    private final List<TrackPick> audios;
    private final List<TextPick> texts;
    private final MediaGroups groups;
    private final Map<Rendition, Bandwidth> measured = new LinkedHashMap<>();

    private MultivariantPlaylistWriter(
            Presentation presentation, MediaRequestName name, SegmentFormat format) {
        this.presentation = presentation;
        this.set = presentation.first().set();
        boolean ranges = name.kind() == MediaRequestName.Kind.HLS_RANGE_MULTIVARIANT;
        this.format = ranges ? SegmentFormat.FMP4 : format;
        this.playlist =
                ranges ? MediaRequestName.Kind.HLS_RANGE_MEDIA : MediaRequestName.Kind.HLS_MEDIA;
        Selection selection = new Selection(set, name);
        this.videos = selection.videos();
        this.audios = selection.audios();
        this.texts = selection.texts();
        this.groups = new MediaGroups(set, playlist);
    }

    /// @param name of kind HLS_MULTIVARIANT or HLS_RANGE_MULTIVARIANT; its tokens filter
    /// @throws UnsupportedMediaException when no variant can travel in `format`
    public static String write(
            Presentation presentation, MediaRequestName name, SegmentFormat format)
            throws UnsupportedMediaException {
        return new MultivariantPlaylistWriter(presentation, name, format).write();
    }

    private String write() throws UnsupportedMediaException {
        StringBuilder variants = new StringBuilder(512);
        UnsupportedMediaException refused = null;
        boolean separate = !audios.isEmpty() && (format == SegmentFormat.FMP4 || languages() > 1);
        if (videos.isEmpty()) {
            for (TrackPick audio : audios) {
                try {
                    variant(variants, new Rendition(null, audio), List.of());
                } catch (UnsupportedMediaException e) {
                    refused = e;
                }
            }
        }
        for (TrackPick video : videos) {
            try {
                if (separate) {
                    for (List<TrackPick> group : audioGroups(video)) {
                        variant(variants, new Rendition(video, null), group);
                    }
                } else {
                    TrackPick audio = audios.isEmpty() ? null : AudioChoice.muxedWith(set, video);
                    variant(variants, new Rendition(video, audio), List.of());
                }
            } catch (UnsupportedMediaException e) {
                refused = e;
            }
        }
        if (variants.isEmpty()) {
            throw refused != null
                    ? refused
                    : new UnsupportedMediaException("no track of that name to play");
        }
        if (presentation.protection() == null) {
            for (TrackPick video : videos) {
                iframes(variants, video);
            }
        }
        StringBuilder out = new StringBuilder(variants.length() + 512);
        out.append("#EXTM3U\n#EXT-X-VERSION:").append(version());
        out.append('\n');
        if (presentation.isIndependent()) {
            out.append("#EXT-X-INDEPENDENT-SEGMENTS\n");
        }
        KeyTags.appendSession(out, presentation.protection(), format);
        groups.appendAudio(out);
        MediaGroups.appendSubtitles(out, texts);
        if (!videos.isEmpty()) {
            MediaGroups.appendCaptions(out, presentation.closedCaptions());
        }
        return out.append(variants).toString();
    }

    private int version() {
        if (presentation.closedCaptions().stream().anyMatch(ClosedCaption::isService)) {
            return 7;
        }
        return KeyTags.version(presentation.protection(), format == SegmentFormat.TS ? 3 : 6);
    }

    private long languages() {
        return audios.stream().map(set::languageOf).distinct().count();
    }

    /// What can be heard with a video, its own file's audio or all there is, by codec: players
    /// switch within a group, and only between equals.
    private List<List<TrackPick>> audioGroups(TrackPick video) throws UnsupportedMediaException {
        List<TrackPick> own = new ArrayList<>();
        for (TrackPick audio : set.audios()) {
            if (audio.source() == video.source()) {
                TrackPick same = AudioChoice.representative(audios, audio);
                if (same != null && !own.contains(same)) {
                    own.add(same);
                }
            }
        }
        // A file with one language among files of others is not the only one to be heard.
        boolean all = own.isEmpty() || audios.size() > own.size() && languages() > languages(own);
        Map<String, List<TrackPick>> byCodec = new LinkedHashMap<>();
        UnsupportedMediaException refused = null;
        for (TrackPick audio : all ? audios : own) {
            String codecs = audio.track().codec().codecs();
            int dot = codecs.indexOf('.');
            try {
                measure(new Rendition(null, audio));
                byCodec.computeIfAbsent(
                                dot < 0 ? codecs : codecs.substring(0, dot),
                                key -> new ArrayList<>())
                        .add(audio);
            } catch (UnsupportedMediaException e) {
                refused = e;
            }
        }
        if (byCodec.isEmpty() && refused != null) {
            throw refused;
        }
        return List.copyOf(byCodec.values());
    }

    private long languages(List<TrackPick> among) {
        return among.stream().map(set::languageOf).distinct().count();
    }

    private void variant(StringBuilder out, Rendition rendition, List<TrackPick> group)
            throws UnsupportedMediaException {
        Bandwidth bandwidth = measure(rendition);
        Set<String> codecs = new LinkedHashSet<>();
        for (TrackPick pick : rendition.picks()) {
            codecs.add(pick.track().codec().codecs());
        }
        Bandwidth heaviest = Bandwidth.NONE;
        for (TrackPick audio : group) {
            heaviest = heaviest.max(measure(new Rendition(null, audio)));
            codecs.add(audio.track().codec().codecs());
        }
        bandwidth = bandwidth.plus(heaviest);
        AttributeList attributes = new AttributeList(out, "#EXT-X-STREAM-INF");
        attributes.number("BANDWIDTH", bandwidth.peak());
        attributes.number("AVERAGE-BANDWIDTH", bandwidth.average());
        attributes.quoted("CODECS", String.join(",", codecs));
        TrackPick video = rendition.video();
        if (video != null) {
            videoAttributes(attributes, video.track());
            FrameRate rate = video.track().frameRate();
            if (rate != null) {
                attributes.bare("FRAME-RATE", rate.decimal());
            }
        }
        if (!group.isEmpty()) {
            attributes.quoted("AUDIO", groups.audio(group));
        }
        if (!texts.isEmpty()) {
            attributes.quoted("SUBTITLES", MediaGroups.SUBTITLES);
        }
        if (video != null) {
            if (presentation.closedCaptions().isEmpty()) {
                attributes.bare("CLOSED-CAPTIONS", "NONE");
            } else {
                attributes.quoted("CLOSED-CAPTIONS", MediaGroups.CAPTIONS);
            }
        }
        attributes.end();
        out.append(set.nameOf(playlist, 0, rendition, 0)).append('\n');
    }

    private void iframes(StringBuilder out, TrackPick video) {
        Rendition rendition = new Rendition(video, null);
        try {
            measure(rendition);
        } catch (UnsupportedMediaException e) {
            return; // its variant was left out, too
        }
        IntUnaryOperator sent =
                format == SegmentFormat.TS
                        ? IframePlaylistWriter::tsBytes
                        : size -> size + KeyFrameFragment.OVERHEAD_BYTES;
        Bandwidth bandwidth = Bandwidth.NONE;
        for (Presentation.Clip clip : presentation.clips()) {
            Rendition here = clip.set().counterpart(set, rendition).orElse(null);
            TrackPick pick = here == null ? null : here.video();
            if (pick != null && clip.set().keyFrames(pick).count() > 0) {
                bandwidth = bandwidth.max(clip.set().keyFrames(pick).bandwidth(sent));
            }
        }
        if (bandwidth.peak() == 0) {
            return;
        }
        AttributeList attributes = new AttributeList(out, "#EXT-X-I-FRAME-STREAM-INF");
        attributes.number("BANDWIDTH", bandwidth.peak());
        attributes.number("AVERAGE-BANDWIDTH", bandwidth.average());
        attributes.quoted("CODECS", video.track().codec().codecs());
        videoAttributes(attributes, video.track());
        attributes.quoted("URI", set.nameOf(MediaRequestName.Kind.HLS_IFRAMES, 0, rendition, 0));
        attributes.end();
    }

    private Bandwidth measure(Rendition rendition) throws UnsupportedMediaException {
        Bandwidth known = measured.get(rendition);
        if (known == null) {
            List<Bandwidth.Segments> clips = new ArrayList<>(presentation.clips().size());
            for (Presentation.Clip clip : presentation.clips()) {
                Rendition here = clip.set().counterpart(set, rendition).orElse(null);
                if (here != null) {
                    clips.add(
                            new Bandwidth.Segments(
                                    clip.set().plan(),
                                    clip.set()
                                            .segmentSizes(
                                                    here, format, presentation.protection())));
                }
            }
            known = Bandwidth.hls(clips, presentation.targetDurationSeconds());
            measured.put(rendition, known);
        }
        return known;
    }

    private void videoAttributes(AttributeList attributes, Track track) {
        String supplemental = VideoLook.supplementalCodecs(track);
        if (supplemental != null) {
            attributes.quoted("SUPPLEMENTAL-CODECS", supplemental);
        }
        if (track.displayWidth() > 0 && track.displayHeight() > 0) {
            boolean turned = format == SegmentFormat.FMP4;
            attributes.bare(
                    "RESOLUTION",
                    VideoLook.width(track, turned) + "x" + VideoLook.height(track, turned));
        }
        attributes.bare("VIDEO-RANGE", VideoLook.range(track).name());
    }
}
