package io.millrace.delivery.vod;

import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// The media types of stored files. What is not listed is a download: an uploaded page must not run
/// on our origin.
final class ContentTypes {
    static final String OTHER = "application/octet-stream";

    private static final Map<String, String> BY_EXTENSION =
            Map.ofEntries(
                    Map.entry("mp4", "video/mp4"),
                    Map.entry("m4v", "video/mp4"),
                    Map.entry("m4s", "video/mp4"),
                    Map.entry("mov", "video/quicktime"),
                    Map.entry("mkv", "video/x-matroska"),
                    Map.entry("webm", "video/webm"),
                    Map.entry("flv", "video/x-flv"),
                    Map.entry("ts", "video/mp2t"),
                    Map.entry("m4a", "audio/mp4"),
                    Map.entry("mp3", "audio/mpeg"),
                    Map.entry("aac", "audio/aac"),
                    Map.entry("ogg", "audio/ogg"),
                    Map.entry("wav", "audio/wav"),
                    Map.entry("flac", "audio/flac"),
                    Map.entry("vtt", "text/vtt; charset=utf-8"),
                    Map.entry("srt", "application/x-subrip"),
                    Map.entry("jpg", "image/jpeg"),
                    Map.entry("jpeg", "image/jpeg"),
                    Map.entry("png", "image/png"),
                    Map.entry("webp", "image/webp"),
                    Map.entry("gif", "image/gif"),
                    Map.entry("txt", "text/plain; charset=utf-8"),
                    Map.entry("json", "application/json"));

    private static final Set<String> IMAGES = Set.of("jpg", "jpeg", "png", "webp");

    private ContentTypes() {}

    static boolean isImage(String extension) {
        return IMAGES.contains(extension);
    }

    /// Whether it is video, audio, subtitles or a picture.
    static boolean isMedia(String extension) {
        String type = BY_EXTENSION.getOrDefault(extension, OTHER);
        return type.startsWith("video/")
                || type.startsWith("audio/")
                || type.startsWith("image/")
                || type.startsWith("text/vtt")
                || type.equals("application/x-subrip");
    }

    /// Whether a player plays it: video or audio.
    static boolean isPlayable(String extension) {
        String type = BY_EXTENSION.getOrDefault(extension, OTHER);
        return type.startsWith("video/") || type.startsWith("audio/");
    }

    /// Lower case, empty when there is none.
    static String extension(String name) {
        int dot = name.lastIndexOf('.');
        return dot < 0 ? "" : name.substring(dot + 1).toLowerCase(Locale.ROOT);
    }

    static String of(String name) {
        return BY_EXTENSION.getOrDefault(extension(name), OTHER);
    }
}
