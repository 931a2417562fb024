package io.millrace.delivery.packaging;

import io.millrace.delivery.media.LanguageTag;

import java.util.List;

/// What of a media set a multivariant playlist or manifest offers: the name's sequence, track and
/// language tokens are a filter there, and without them everything is offered.
public final class Selection {
    private final MediaSet set;
    private final MediaRequestName name;

    public Selection(MediaSet set, MediaRequestName name) {
        this.set = set;
        this.name = name;
    }

    public List<TrackPick> videos() {
        return set.videos().stream().filter(this::isWanted).toList();
    }

    /// Each audio once, however many files carry it.
    public List<TrackPick> audios() {
        return AudioChoice.distinct(
                set.audios().stream()
                        .filter(this::isWanted)
                        .filter(pick -> speaks(set.languageOf(pick)))
                        .toList());
    }

    public List<TextPick> texts() {
        return set.texts().stream()
                .filter(text -> isWanted(text) && speaks(text.language()))
                .toList();
    }

    private boolean isWanted(TrackPick pick) {
        if (name.sequences().isEmpty()) {
            return name.tracks().isUnsaid()
                    || name.tracks().accepts(pick.track().kind(), pick.track().number());
        }
        MediaSource source = set.sources().get(pick.source());
        for (MediaRequestName.Sequence wanted : name.sequences()) {
            if (source.isNamed(wanted)
                    && (wanted.tracks().isUnsaid()
                            || wanted.tracks()
                                    .accepts(pick.track().kind(), pick.track().number()))) {
                return true;
            }
        }
        return false;
    }

    private boolean isWanted(TextPick text) {
        MediaSource source = set.sources().get(text.source());
        return name.sequences().isEmpty() || name.sequences().stream().anyMatch(source::isNamed);
    }

    /// Whether the name's language tokens (`-leng`) let a language through.
    private boolean speaks(String language) {
        if (name.languages().isEmpty()) {
            return true;
        }
        String tag = LanguageTag.bcp47(language);
        for (String wanted : name.languages()) {
            String wantedTag = LanguageTag.bcp47(wanted);
            if (wantedTag == null ? tag == null : wantedTag.equals(tag)) {
                return true;
            }
        }
        return false;
    }
}
