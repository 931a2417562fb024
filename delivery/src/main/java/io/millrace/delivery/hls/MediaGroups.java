package io.millrace.delivery.hls;

import io.millrace.delivery.media.LanguageTag;
import io.millrace.delivery.packaging.ClosedCaption;
import io.millrace.delivery.packaging.MediaRequestName;
import io.millrace.delivery.packaging.MediaSet;
import io.millrace.delivery.packaging.Rendition;
import io.millrace.delivery.packaging.SourceLabels;
import io.millrace.delivery.packaging.TextPick;
import io.millrace.delivery.packaging.TrackFilter;
import io.millrace.delivery.packaging.TrackPick;

import org.jspecify.annotations.Nullable;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The `EXT-X-MEDIA` groups of a multivariant playlist: audio, subtitles, captions in the pictures.
final class MediaGroups {
    static final String SUBTITLES = "subs";
    static final String CAPTIONS = "cc";

    private final MediaSet set;
    private final MediaRequestName.Kind playlist;

    /// Audio groups in order; each is the list of its renditions.
    private final Map<List<TrackPick>, String> audio = new LinkedHashMap<>();

    /// @param playlist which media playlists the renditions have
    MediaGroups(MediaSet set, MediaRequestName.Kind playlist) {
        this.set = set;
        this.playlist = playlist;
    }

    /// The id of a group, which exists from now on.
    String audio(List<TrackPick> group) {
        int next = audio.size() + 1;
        return audio.computeIfAbsent(group, key -> "audio" + next);
    }

    void appendAudio(StringBuilder out) {
        audio.forEach((group, id) -> appendAudio(out, group, id));
    }

    private void appendAudio(StringBuilder out, List<TrackPick> group, String id) {
        Set<String> names = new HashSet<>();
        TrackPick preferred = group.getFirst();
        for (TrackPick pick : group) {
            if (labels(pick).isDefault()) {
                preferred = pick;
                break;
            }
        }
        for (TrackPick pick : group) {
            String language = LanguageTag.bcp47(set.languageOf(pick));
            AttributeList attributes = new AttributeList(out, "#EXT-X-MEDIA");
            attributes.bare("TYPE", "AUDIO");
            attributes.quoted("GROUP-ID", id);
            attributes.quoted("NAME", name(labels(pick).label(), language, "Audio", names));
            if (language != null) {
                attributes.quoted("LANGUAGE", language);
            }
            attributes.bare("DEFAULT", pick == preferred ? "YES" : "NO");
            attributes.bare("AUTOSELECT", "YES");
            attributes.quoted("CHANNELS", pick.track().audio().hlsChannels());
            attributes.quoted("URI", set.nameOf(playlist, 0, new Rendition(null, pick), 0));
            attributes.end();
        }
    }

    private SourceLabels labels(TrackPick pick) {
        return set.sources().get(pick.source()).labels();
    }

    static void appendSubtitles(StringBuilder out, List<TextPick> texts) {
        Set<String> names = new HashSet<>();
        boolean preferred = false;
        for (TextPick text : texts) {
            String language = LanguageTag.bcp47(text.language());
            boolean isDefault = text.labels().isDefault() && !preferred;
            preferred |= isDefault;
            AttributeList attributes = new AttributeList(out, "#EXT-X-MEDIA");
            attributes.bare("TYPE", "SUBTITLES");
            attributes.quoted("GROUP-ID", SUBTITLES);
            attributes.quoted("NAME", name(text.labels().label(), language, "Subtitles", names));
            if (language != null) {
                attributes.quoted("LANGUAGE", language);
            }
            attributes.bare("DEFAULT", isDefault ? "YES" : "NO");
            attributes.bare("AUTOSELECT", "YES");
            attributes.quoted(
                    "URI",
                    MediaRequestName.write(
                            MediaRequestName.Kind.HLS_MEDIA,
                            0,
                            List.of(
                                    new MediaRequestName.Sequence(
                                            text.sequence(), "", TrackFilter.UNSAID)),
                            TrackFilter.UNSAID,
                            0));
            attributes.end();
        }
    }

    static void appendCaptions(StringBuilder out, List<ClosedCaption> captions) {
        Set<String> names = new HashSet<>();
        boolean first = true;
        for (ClosedCaption caption : captions) {
            String language = LanguageTag.bcp47(caption.language());
            AttributeList attributes = new AttributeList(out, "#EXT-X-MEDIA");
            attributes.bare("TYPE", "CLOSED-CAPTIONS");
            attributes.quoted("GROUP-ID", CAPTIONS);
            attributes.quoted("NAME", name(caption.label(), language, caption.channel(), names));
            if (language != null) {
                attributes.quoted("LANGUAGE", language);
            }
            attributes.bare("DEFAULT", first ? "YES" : "NO");
            attributes.bare("AUTOSELECT", "YES");
            attributes.quoted("INSTREAM-ID", caption.channel());
            attributes.end();
            first = false;
        }
    }

    /// Names must differ within a group.
    private static String name(
            String label, @Nullable String language, String otherwise, Set<String> taken) {
        String base =
                !label.isBlank()
                        ? label
                        : language == null ? otherwise : LanguageTag.name(language);
        String name = base;
        for (int i = 2; !taken.add(name); i++) {
            name = base + " " + i;
        }
        return name;
    }
}
