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
/// | `master-dvr.m3u8`, `v1-dvr.m3u8` | the same with all that is still recorded of the window |
/// | `v1-init-{n}.mp4` | the init segment from segment n on |
/// | `v1-seg-{n}.m4s` | a segment |
/// | `v1-part-{n}.{p}-{i}.m4s` | a part of one that needs init segment i |
/// | `v1-time-{t}-{i}.m4s` | the segment that starts at t, in the track's timescale, while it grows too |
/// | `manifest.mpd`, `manifest-dvr.mpd` | the MPD; the same of all that players may go back in |
/// | `thumb.jpg` | a picture of the last seconds |
/// | `index-ts.m3u8` | the multivariant playlist of what plays as MPEG-TS |
/// | `ts1.m3u8` | a rendition's playlist of that kind |
/// | `ts1-seg-{n}.ts` | pictures and sound of a segment |
sealed interface LiveName {
    Pattern MEDIA =
            Pattern.compile(
                    "(?<id>[va][A-Za-z0-9]{1,16})"
                            + "(?:-init-(?<init>[0-9]{1,12})\\.mp4|-seg-(?<seg>[0-9]{1,12})\\.m4s"
                            + "|-part-(?<of>[0-9]{1,12})\\.(?<part>[0-9]{1,4})-(?<with>[0-9]{1,12})\\.m4s"
                            + "|-time-(?<time>[0-9]{1,18})-(?<needs>[0-9]{1,12})\\.m4s)");
    Pattern TRANSPORT =
            Pattern.compile(
                    "ts(?<rendition>[A-Za-z0-9]{1,16})(?:\\.m3u8|-seg-(?<seg>[0-9]{1,12})\\.ts)");

    String THUMBNAIL = "thumb.jpg";

    /// @param dvr whether it is of the whole window that players may go back in
    record Master(boolean dvr) implements LiveName {}

    /// @param track the window's id
    record MediaPlaylist(String track, boolean dvr) implements LiveName {}

    record Init(String track, String name) implements LiveName {}

    record Segment(String track, long sequence) implements LiveName {}

    /// @param init the init segment it needs: what comes instead of a part that was hinted at may
    ///   be decoded otherwise
    record Part(String track, long sequence, int part, String init) implements LiveName {}

    /// @param ticks where it starts
    /// @param init the init segment it needs: one that was foretold may never come, and what comes
    ///   instead be decoded otherwise
    record TimedSegment(String track, long ticks, String init) implements LiveName {}

    record Manifest(boolean dvr) implements LiveName {}

    record Thumbnail() implements LiveName {}

    record TsMaster() implements LiveName {}

    record TsPlaylist(String rendition) implements LiveName {}

    record TsSegment(String rendition, long sequence) implements LiveName {}

    /// What whoever asks for this watches, as players do again and again: `hls` or `dash`. Null for
    /// what says nothing about that.
    default @Nullable String watched() {
        return switch (this) {
            case Master _, MediaPlaylist _, TsPlaylist _ -> "hls";
            case Manifest _ -> "dash";
            case Init _, Segment _, Part _, TimedSegment _, Thumbnail _, TsMaster _, TsSegment _ ->
                    null;
        };
    }

    /// What a viewer is who asks for this before anything else.
    default String viewer() {
        return switch (this) {
            case Manifest _, TimedSegment _ -> "dash";
            case Thumbnail _ -> "thumbnail";
            case Master _,
                    MediaPlaylist _,
                    Init _,
                    Segment _,
                    Part _,
                    TsMaster _,
                    TsPlaylist _,
                    TsSegment _ ->
                    "hls";
        };
    }

    /// Which rendition it is of; empty when of all.
    default String rendition() {
        return switch (this) {
            case MediaPlaylist(String track, _) -> track.substring(1);
            case Init(String track, _) -> track.substring(1);
            case Segment(String track, _) -> track.substring(1);
            case Part(String track, _, _, _) -> track.substring(1);
            case TimedSegment(String track, _, _) -> track.substring(1);
            case TsPlaylist(String rendition) -> rendition;
            case TsSegment(String rendition, _) -> rendition;
            case Master _, Manifest _, Thumbnail _, TsMaster _ -> "";
        };
    }

    /// Null when it names nothing.
    static @Nullable LiveName parse(String name) {
        return switch (name) {
            case "master.m3u8" -> new Master(false);
            case "master-dvr.m3u8" -> new Master(true);
            case "manifest.mpd" -> new Manifest(false);
            case "manifest-dvr.mpd" -> new Manifest(true);
            case THUMBNAIL -> new Thumbnail();
            case "index-ts.m3u8" -> new TsMaster();
            default -> name.startsWith("ts") ? transport(name) : media(name);
        };
    }

    private static @Nullable LiveName transport(String name) {
        Matcher transport = TRANSPORT.matcher(name);
        if (!transport.matches()) {
            return null;
        }
        String rendition = transport.group("rendition");
        return transport.group("seg") == null
                ? new TsPlaylist(rendition)
                : new TsSegment(rendition, Long.parseLong(transport.group("seg")));
    }

    /// Without a pattern: everybody who plays asks for it several times a second.
    private static @Nullable LiveName playlist(String name) {
        boolean dvr = name.endsWith("-dvr.m3u8");
        int end = name.length() - (dvr ? "-dvr.m3u8" : ".m3u8").length();
        if (end < 2 || end > 17 || (name.charAt(0) != 'v' && name.charAt(0) != 'a')) {
            return null;
        }
        for (int i = 1; i < end; i++) {
            char c = name.charAt(i);
            boolean letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
            if (!letter && (c < '0' || c > '9')) {
                return null;
            }
        }
        return new MediaPlaylist(name.substring(0, end), dvr);
    }

    private static @Nullable LiveName media(String name) {
        if (name.endsWith(".m3u8")) {
            return playlist(name);
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
                    id,
                    Long.parseLong(media.group("of")),
                    Integer.parseInt(media.group("part")),
                    LivePlaylists.initName(id, Long.parseLong(media.group("with"))));
        }
        return new TimedSegment(
                id,
                Long.parseLong(media.group("time")),
                LivePlaylists.initName(id, Long.parseLong(media.group("needs"))));
    }
}
