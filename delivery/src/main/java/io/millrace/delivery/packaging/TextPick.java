package io.millrace.delivery.packaging;

import io.millrace.delivery.webvtt.Subtitles;

/// One subtitle file of a media set, with times on the set's timeline.
///
/// @param source position of the file among the set's sources, from 0
/// @param sequence its 1-based position in the URL (`f<n>`)
public record TextPick(int source, int sequence, Subtitles text, SourceLabels labels) {
    /// nginx-vod counts a subtitle file without a language as English, and so do its users.
    public String language() {
        return labels.language().isEmpty() ? "eng" : labels.language();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TextPick pick && pick.source == source && pick.text == text;
    }

    @Override
    public int hashCode() {
        return 31 * source + System.identityHashCode(text);
    }
}
