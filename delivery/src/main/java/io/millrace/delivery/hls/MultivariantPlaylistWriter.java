package io.millrace.delivery.hls;

import io.millrace.delivery.codec.avc.AvcConfig;
import io.millrace.delivery.failure.UnsupportedMediaException;
import io.millrace.delivery.media.FrameRate;
import io.millrace.delivery.media.Track;
import io.millrace.delivery.packaging.AudioChoice;
import io.millrace.delivery.packaging.Bandwidth;
import io.millrace.delivery.packaging.MediaRequestName;
import io.millrace.delivery.packaging.MediaSet;
import io.millrace.delivery.packaging.Presentation;
import io.millrace.delivery.packaging.Rendition;
import io.millrace.delivery.packaging.SegmentFormat;
import io.millrace.delivery.packaging.TrackPick;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// The multivariant playlist of a presentation.
///
/// MPEG-TS variants mux the audio of their own file, unless the set has several languages. fMP4
/// variants (CMAF: a track a file) name an audio group, as MPEG-TS ones with several languages do.
/// Never both for the same audio. Bit rates are measured on the segments as they will be sent.
public final class MultivariantPlaylistWriter {
    private final Presentation presentation;

    /// The first clip's: what it offers is offered.
    private final MediaSet set;

    private final SegmentFormat format;
    private final List<TrackPick> videos;
    private final List<TrackPick> audios;

    /// The audio groups, in order; each is the list of its renditions.
    private final Map<List<TrackPick>, String> groups = new LinkedHashMap<>();

    private MultivariantPlaylistWriter(
            Presentation presentation, MediaRequestName name, SegmentFormat format) {
        this.presentation = presentation;
        this.set = presentation.first().set();
        this.format = format;
        this.videos = set.videos().stream().filter(pick -> wanted(name, pick)).toList();
        this.audios =
                AudioChoice.distinct(set).stream().filter(pick -> wanted(name, pick)).toList();
    }

    /// @throws UnsupportedMediaException when no variant can travel in `format`
    public static String write(
            Presentation presentation, MediaRequestName name, SegmentFormat format)
            throws UnsupportedMediaException {
        return new MultivariantPlaylistWriter(presentation, name, format).write();
    }

    private boolean wanted(MediaRequestName name, TrackPick pick) {
        if (name.sequences().isEmpty()) {
            return name.tracks().isUnsaid()
                    || name.tracks().accepts(pick.track().kind(), pick.track().number());
        }
        int sequence = set.sources().get(pick.source()).sequence();
        for (MediaRequestName.Sequence wanted : name.sequences()) {
            if (wanted.number() == sequence
                    && (wanted.tracks().isUnsaid()
                            || wanted.tracks()
                                    .accepts(pick.track().kind(), pick.track().number()))) {
                return true;
            }
        }
        return false;
    }

    private String write() throws UnsupportedMediaException {
        StringBuilder variants = new StringBuilder();
        Map<TrackPick, Bandwidth> audioBandwidth = new LinkedHashMap<>();
        UnsupportedMediaException refused = null;
        if (videos.isEmpty()) {
            for (TrackPick audio : audios) {
                try {
                    variant(variants, new Rendition(null, audio), List.of(), audioBandwidth);
                } catch (UnsupportedMediaException e) {
                    refused = e;
                }
            }
        }
        boolean separate = !audios.isEmpty() && (format == SegmentFormat.FMP4 || languages() > 1);
        for (TrackPick video : videos) {
            try {
                if (separate) {
                    variant(
                            variants,
                            new Rendition(video, null),
                            audioGroup(video),
                            audioBandwidth);
                } else {
                    TrackPick audio = audios.isEmpty() ? null : AudioChoice.muxedWith(set, video);
                    variant(variants, new Rendition(video, audio), List.of(), audioBandwidth);
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
        StringBuilder out = new StringBuilder(variants.length() + 512);
        out.append("#EXTM3U\n#EXT-X-VERSION:").append(format == SegmentFormat.TS ? 3 : 6);
        out.append("\n#EXT-X-INDEPENDENT-SEGMENTS\n");
        groups.forEach((group, id) -> appendGroup(out, group, id));
        return out.append(variants).toString();
    }

    private long languages() {
        return audios.stream().map(audio -> audio.track().language()).distinct().count();
    }

    /// What can be heard with a video: its own file's audio, or all there is.
    private List<TrackPick> audioGroup(TrackPick video) {
        List<TrackPick> group = new ArrayList<>();
        for (TrackPick audio : set.audios()) {
            if (audio.source() == video.source()) {
                TrackPick same = AudioChoice.representative(audios, audio);
                if (same != null && !group.contains(same)) {
                    group.add(same);
                }
            }
        }
        return group.isEmpty() ? audios : group;
    }

    private void variant(
            StringBuilder out,
            Rendition rendition,
            List<TrackPick> group,
            Map<TrackPick, Bandwidth> audioBandwidth)
            throws UnsupportedMediaException {
        Bandwidth bandwidth = measure(rendition);
        Set<String> codecs = new LinkedHashSet<>();
        for (TrackPick pick : rendition.picks()) {
            codecs.add(pick.track().codec().codecs());
        }
        Bandwidth heaviest = new Bandwidth(0, 0);
        for (TrackPick audio : group) {
            Bandwidth known = audioBandwidth.get(audio);
            if (known == null) {
                known = measure(new Rendition(null, audio));
                audioBandwidth.put(audio, known);
            }
            heaviest = heaviest.max(known);
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
        }
        if (!group.isEmpty()) {
            int next = groups.size() + 1;
            attributes.quoted("AUDIO", groups.computeIfAbsent(group, key -> "audio" + next));
        }
        if (video != null) {
            attributes.bare("CLOSED-CAPTIONS", "NONE");
        }
        attributes.end();
        out.append(set.nameOf(MediaRequestName.Kind.HLS_MEDIA, 0, rendition, 0)).append('\n');
    }

    private Bandwidth measure(Rendition rendition) throws UnsupportedMediaException {
        Bandwidth heaviest = Bandwidth.of(set.plan(), set.segmentSizes(rendition, format));
        for (Presentation.Clip clip : presentation.clips()) {
            Rendition other = clip.set().counterpart(set, rendition).orElse(null);
            if (other != null && clip.set() != set) {
                heaviest =
                        heaviest.max(
                                Bandwidth.of(
                                        clip.set().plan(), clip.set().segmentSizes(other, format)));
            }
        }
        return heaviest;
    }

    private static void videoAttributes(AttributeList attributes, Track track) {
        if (track.displayWidth() > 0 && track.displayHeight() > 0) {
            attributes.bare("RESOLUTION", track.displayWidth() + "x" + track.displayHeight());
        }
        FrameRate rate = track.frameRate();
        if (rate != null) {
            attributes.bare("FRAME-RATE", rate.decimal());
        }
        if (track.codec() instanceof AvcConfig avc) {
            attributes.bare(
                    "VIDEO-RANGE",
                    switch (avc.sps().transferCharacteristics()) {
                        case 16 -> "PQ";
                        case 18 -> "HLG";
                        default -> "SDR";
                    });
        }
    }

    private void appendGroup(StringBuilder out, List<TrackPick> group, String id) {
        Set<String> names = new HashSet<>();
        boolean first = true;
        for (TrackPick pick : group) {
            Track track = pick.track();
            String language = languageTag(track.language());
            AttributeList attributes = new AttributeList(out, "#EXT-X-MEDIA");
            attributes.bare("TYPE", "AUDIO");
            attributes.quoted("GROUP-ID", id);
            attributes.quoted("NAME", name(track, language, names));
            if (language != null) {
                attributes.quoted("LANGUAGE", language);
            }
            attributes.bare("DEFAULT", first ? "YES" : "NO");
            attributes.bare("AUTOSELECT", "YES");
            attributes.quoted("CHANNELS", Integer.toString(track.audio().channels()));
            attributes.quoted(
                    "URI",
                    set.nameOf(MediaRequestName.Kind.HLS_MEDIA, 0, new Rendition(null, pick), 0));
            attributes.end();
            first = false;
        }
    }

    private static String name(Track track, @Nullable String language, Set<String> taken) {
        String base =
                language == null
                        ? "Audio"
                        : Locale.forLanguageTag(language).getDisplayLanguage(Locale.ENGLISH);
        String name = base;
        for (int i = 2; !taken.add(name); i++) {
            name = base + " " + i;
        }
        return name;
    }

    /// BCP 47: two letters where the language has them; null for "undetermined".
    private static @Nullable String languageTag(String iso639) {
        if (iso639.equals("und") || iso639.isBlank()) {
            return null;
        }
        for (String two : Locale.getISOLanguages()) {
            if (Locale.of(two).getISO3Language().equals(iso639)) {
                return two;
            }
        }
        return iso639;
    }
}
