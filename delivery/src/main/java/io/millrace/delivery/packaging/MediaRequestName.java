package io.millrace.delivery.packaging;

import io.millrace.delivery.media.TrackKind;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The last part of a packaging URL, in nginx-vod's grammar:
///
///     <base>[-<segment>][-i<shift>][-c<clip>][-f<n>|-s<id>...][-v<n>-a<n>...][-p<delay>][-l<lang>...][-x<ver>].<ext>
///
/// Read strictly left to right; the dashes between tokens may be missing (`seg1v1a1.ts`). Track
/// tokens after an `f` or `s` belong to it; before any they are for all files.
///
/// @param segment 1-based, index shift added; 0 for requests that name none
/// @param clip 1-based, 0 when not said
/// @param sequences the files asked for, empty for all
/// @param tracks of all files, when no sequence is named
/// @param version fragment layout (`x3`), 0 when not said
public record MediaRequestName(
        Kind kind,
        int segment,
        int clip,
        List<Sequence> sequences,
        TrackFilter tracks,
        List<String> languages,
        int version) {

    public static final int MAX_SEQUENCE = 32;
    private static final int MAX_SEQUENCES = 32;
    private static final int MAX_NUMBER_DIGITS = 9;

    /// What is asked for.
    public enum Kind {
        // Where one base starts with another, the longer one comes first.
        HLS_MULTIVARIANT("master", "m3u8", false),
        HLS_MEDIA("index", "m3u8", false),
        HLS_IFRAMES("iframes", "m3u8", false),
        /// The multivariant playlist of {@link #HLS_RANGE_MEDIA}.
        HLS_RANGE_MULTIVARIANT("ranges", "m3u8", false),
        /// A media playlist of byte ranges of one {@link #SINGLE_FILE}.
        HLS_RANGE_MEDIA("range", "m3u8", false),
        TS_SEGMENT("seg", "ts", true),
        HLS_FMP4_SEGMENT("seg", "m4s", true),
        VTT_SEGMENT("seg", "vtt", true),
        HLS_KEY("encryption", "key", false),
        /// Also DASH's.
        FMP4_INIT("init", "mp4", false),
        /// A key frame as a fragment of its own; the number counts key frames, not segments.
        KEY_FRAME("iframe", "m4s", true),
        /// A rendition as one file: init segment, index (`sidx`) and all fragments.
        SINGLE_FILE("media", "mp4", false),
        /// Segments by number and nominal duration, without a timeline.
        DASH_NUMBER_MPD("manifest-number", "mpd", false),
        /// Subtitles as TTML in fragments, not as WebVTT files.
        DASH_STPP_MPD("manifest-stpp", "mpd", false),
        DASH_MPD("manifest", "mpd", false),
        /// The on-demand profile: byte ranges of {@link #SINGLE_FILE}s.
        DASH_ONDEMAND_MPD("ondemand", "mpd", false),
        DASH_SEGMENT("fragment", "m4s", true),
        DASH_TTML("fragment", "ttml", true),
        /// The whole text of a clip, as DASH names it in one piece.
        DASH_VTT("sub", "vtt", false);

        private final String base;
        private final String extension;
        private final boolean hasSegment;

        Kind(String base, String extension, boolean hasSegment) {
            this.base = base;
            this.extension = extension;
            this.hasSegment = hasSegment;
        }
    }

    /// One file of the set.
    ///
    /// @param number 1-based position, 0 when it is named by id
    /// @param id from a mapping, empty when it is named by position
    public record Sequence(int number, String id, TrackFilter tracks) {}

    public MediaRequestName {
        sequences = List.copyOf(sequences);
        languages = List.copyOf(languages);
    }

    /// @return empty when the name is none of the grammar's: a bad request
    public static Optional<MediaRequestName> parse(String fileName) {
        int dot = fileName.lastIndexOf('.');
        if (dot <= 0 || fileName.length() > 512) {
            return Optional.empty();
        }
        String extension = fileName.substring(dot + 1);
        String stem = fileName.substring(0, dot);
        for (Kind kind : Kind.values()) {
            if (kind.extension.equals(extension) && stem.startsWith(kind.base)) {
                return new Parser(stem, kind.base.length()).parse(kind);
            }
        }
        return Optional.empty();
    }

    /// Track tokens alone, `v1-a1`: what they accept, and of the kind that is not named nothing.
    ///
    /// @return null when it is something else
    public static @Nullable TrackFilter parseTracks(String text) {
        var parser = new Parser(text, 0);
        TrackFilter tracks = TrackFilter.UNSAID;
        while (parser.at < text.length()) {
            TrackKind kind;
            if (parser.token('v')) {
                kind = TrackKind.VIDEO;
            } else if (parser.token('a')) {
                kind = TrackKind.AUDIO;
            } else {
                return null;
            }
            long number = Math.max(0, parser.number());
            if (number > TrackFilter.MAX_TRACK) {
                return null;
            }
            tracks = tracks.with(kind, (int) number);
        }
        return tracks.isUnsaid() ? null : tracks;
    }

    /// Whether it names two tracks of one kind, which no playlist or segment can hold.
    public boolean namesTwoOfAKind() {
        return named(TrackKind.VIDEO) > 1 || named(TrackKind.AUDIO) > 1;
    }

    private int named(TrackKind kind) {
        int named = named(tracks, kind);
        for (Sequence sequence : sequences) {
            named += named(sequence.tracks(), kind);
        }
        return named;
    }

    private static int named(TrackFilter filter, TrackKind kind) {
        long mask = kind == TrackKind.VIDEO ? filter.video() : filter.audio();
        return mask == -1 ? 1 : Long.bitCount(mask);
    }

    /// The name of a request for some tracks of one or two files.
    ///
    /// @param segment 0 for none
    public static String write(
            Kind kind, int segment, List<Sequence> sequences, TrackFilter tracks, int version) {
        return write(kind, segment, 0, sequences, tracks, version);
    }

    /// @param clip 0 for none
    public static String write(
            Kind kind,
            int segment,
            int clip,
            List<Sequence> sequences,
            TrackFilter tracks,
            int version) {
        StringBuilder name = new StringBuilder(32).append(kind.base);
        if (segment > 0) {
            name.append('-').append(segment);
        }
        if (clip > 0) {
            name.append("-c").append(clip);
        }
        appendSelection(name, sequences, tracks, version);
        return name.append('.').append(kind.extension).toString();
    }

    /// The tokens after the segment number, each with its dash in front: `-f1-v1-a1`.
    static void appendSelection(
            StringBuilder name, List<Sequence> sequences, TrackFilter tracks, int version) {
        for (Sequence sequence : sequences) {
            if (sequence.number() > 0) {
                name.append("-f").append(sequence.number());
            } else {
                name.append("-s").append(sequence.id());
            }
            appendTracks(name, sequence.tracks());
        }
        appendTracks(name, tracks);
        if (version > 0) {
            name.append("-x").append(version);
        }
    }

    private static void appendTracks(StringBuilder name, TrackFilter tracks) {
        appendMask(name, "-v", tracks.video());
        appendMask(name, "-a", tracks.audio());
    }

    private static void appendMask(StringBuilder name, String token, long mask) {
        if (mask == -1) {
            name.append(token);
            return;
        }
        for (long left = mask; left != 0; left &= left - 1) {
            name.append(token).append(Long.numberOfTrailingZeros(left) + 1);
        }
    }

    private static final class Parser {
        private final String text;
        int at;

        Parser(String text, int at) {
            this.text = text;
            this.at = at;
        }

        Optional<MediaRequestName> parse(Kind kind) {
            long segment = 0;
            if (kind.hasSegment) {
                skipDash();
                segment = number();
                if (segment <= 0) {
                    return Optional.empty();
                }
                if (token('i')) {
                    long shift = number();
                    if (shift < 0) {
                        return Optional.empty();
                    }
                    segment += shift;
                }
            }
            long clip = 0;
            if (token('c')) {
                clip = number();
                if (clip <= 0) {
                    return Optional.empty();
                }
            }
            List<Sequence> sequences = new ArrayList<>();
            TrackFilter tracks = TrackFilter.UNSAID;
            while (true) {
                if (token('f')) {
                    long sequence = number();
                    if (sequence < 1
                            || sequence > MAX_SEQUENCE
                            || sequences.size() == MAX_SEQUENCES) {
                        return Optional.empty();
                    }
                    sequences.add(new Sequence((int) sequence, "", TrackFilter.UNSAID));
                } else if (token('s')) {
                    int end = text.indexOf('-', at);
                    String id = text.substring(at, end < 0 ? text.length() : end);
                    if (id.isEmpty() || sequences.size() == MAX_SEQUENCES) {
                        return Optional.empty();
                    }
                    at += id.length();
                    sequences.add(new Sequence(0, id, TrackFilter.UNSAID));
                } else {
                    TrackKind trackKind;
                    if (token('v')) {
                        trackKind = TrackKind.VIDEO;
                    } else if (token('a')) {
                        trackKind = TrackKind.AUDIO;
                    } else {
                        break;
                    }
                    long number = Math.max(0, number());
                    if (number > TrackFilter.MAX_TRACK) {
                        return Optional.empty();
                    }
                    if (sequences.isEmpty()) {
                        tracks = tracks.with(trackKind, (int) number);
                    } else {
                        Sequence last = sequences.removeLast();
                        sequences.add(
                                new Sequence(
                                        last.number(),
                                        last.id(),
                                        last.tracks().with(trackKind, (int) number)));
                    }
                }
            }
            if (token('p') && number() < 0) {
                return Optional.empty();
            }
            List<String> languages = new ArrayList<>();
            while (token('l')) {
                if (at + 3 > text.length() || languages.size() == MAX_SEQUENCES) {
                    return Optional.empty();
                }
                languages.add(text.substring(at, at + 3).toLowerCase(Locale.ROOT));
                at += 3;
            }
            long version = 0;
            if (token('x')) {
                version = number();
                if (version < 0) {
                    return Optional.empty();
                }
            }
            if (at != text.length() || segment > Integer.MAX_VALUE) {
                return Optional.empty();
            }
            return Optional.of(
                    new MediaRequestName(
                            kind,
                            (int) segment,
                            (int) clip,
                            sequences,
                            tracks,
                            languages,
                            (int) version));
        }

        private void skipDash() {
            if (at < text.length() && text.charAt(at) == '-') {
                at++;
            }
        }

        /// Takes `letter`, with or without a dash before it, when it comes next.
        private boolean token(char letter) {
            int next = at < text.length() && text.charAt(at) == '-' ? at + 1 : at;
            if (next < text.length() && text.charAt(next) == letter) {
                at = next + 1;
                return true;
            }
            return false;
        }

        /// -1 when there are no digits, or too many.
        private long number() {
            int start = at;
            long value = 0;
            while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
                value = value * 10 + text.charAt(at++) - '0';
                if (at - start > MAX_NUMBER_DIGITS) {
                    return -1;
                }
            }
            return at == start ? -1 : value;
        }
    }
}
