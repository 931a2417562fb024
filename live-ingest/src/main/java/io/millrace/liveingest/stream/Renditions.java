package io.millrace.liveingest.stream;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Which rendition of a stream a publisher sends, by its stream's name: `{entryId}_{rendition}`
/// (Kaltura's encoders send `…_1`, `…_2`), and {@link #DEFAULT} for `{entryId}` alone.
public final class Renditions {
    public static final String DEFAULT = "1";
    private static final Pattern RENDITION = Pattern.compile("[A-Za-z0-9]{1,16}");
    private static final Pattern FURTHER_TRACK = Pattern.compile("[A-Za-z0-9]+t[0-9]+");

    private Renditions() {}

    public static String of(String entryId, String streamName) {
        if (streamName.length() > entryId.length() + 1
                && streamName.startsWith(entryId)
                && streamName.charAt(entryId.length()) == '_') {
            Matcher suffix = RENDITION.matcher(streamName.substring(entryId.length() + 1));
            if (suffix.matches()) {
                return suffix.group();
            }
        }
        return DEFAULT;
    }

    /// What a further track of a rendition's publisher is called: `1t1`.
    static String furtherTrack(String rendition, int track) {
        return rendition + 't' + track;
    }

    /// Whether a rendition is called so.
    public static boolean isFurtherTrack(String rendition) {
        return FURTHER_TRACK.matcher(rendition).matches();
    }
}
