package io.millrace.liveingest.live;

import org.jspecify.annotations.Nullable;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What the last part of a live URL's path names.
///
/// | name | what |
/// |---|---|
/// | `master.m3u8` | the multivariant playlist |
/// | `v1.m3u8` | a track's media playlist: v or a, and the rendition |
/// | `v1-init-{n}.mp4` | the init segment from segment n on |
/// | `v1-seg-{n}.m4s` | a segment |
/// | `v1-part-{n}.{p}.m4s` | a part of one |
sealed interface LiveName {
    Pattern MEDIA =
            Pattern.compile(
                    "(?<id>[va][A-Za-z0-9]{1,16})"
                            + "(?:\\.m3u8|-init-(?<init>[0-9]{1,12})\\.mp4|-seg-(?<seg>[0-9]{1,12})\\.m4s"
                            + "|-part-(?<of>[0-9]{1,12})\\.(?<part>[0-9]{1,4})\\.m4s)");

    record Master() implements LiveName {}

    /// @param track the window's id
    record MediaPlaylist(String track) implements LiveName {}

    record Init(String track, String name) implements LiveName {}

    record Segment(String track, long sequence) implements LiveName {}

    record Part(String track, long sequence, int part) implements LiveName {}

    /// Null when it names nothing.
    static @Nullable LiveName parse(String name) {
        if (name.equals("master.m3u8")) {
            return new Master();
        }
        Matcher media = MEDIA.matcher(name);
        if (!media.matches()) {
            return null;
        }
        String id = media.group("id");
        if (media.group("init") != null) {
            return new Init(id, name);
        }
        if (media.group("seg") != null) {
            return new Segment(id, Long.parseLong(media.group("seg")));
        }
        if (media.group("of") != null) {
            return new Part(
                    id, Long.parseLong(media.group("of")), Integer.parseInt(media.group("part")));
        }
        return new MediaPlaylist(id);
    }
}
