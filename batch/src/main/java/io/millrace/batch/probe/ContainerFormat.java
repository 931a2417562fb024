package io.millrace.batch.probe;

/// A container that we accept, and the one ffmpeg demuxer that may read it. The demuxer is always
/// forced: left to its own guessing, ffmpeg opens a playlist named `.mp4` and follows its lines to
/// other files.
public enum ContainerFormat {
    MP4("mp4", "mov", "mov,mp4,m4a,3gp,3g2,mj2"),
    MATROSKA("matroska", "matroska", "matroska,webm"),
    FLV("flv", "flv", "flv"),
    MPEG_TS("mpegts", "mpegts", "mpegts"),
    MPEG_PS("mpegps", "mpeg", "mpeg"),
    AVI("avi", "avi", "avi"),
    ASF("asf", "asf", "asf"),
    MP3("mp3", "mp3", "mp3"),
    AAC("aac", "aac", "aac"),
    WAV("wav", "wav", "wav"),
    OGG("ogg", "ogg", "ogg"),
    FLAC("flac", "flac", "flac"),
    JPEG("jpeg", "jpeg_pipe", "jpeg_pipe"),
    PNG("png", "png_pipe", "png_pipe");

    private final String shortName;
    private final String demuxer;
    private final String whitelist;

    ContainerFormat(String shortName, String demuxer, String whitelist) {
        this.shortName = shortName;
        this.demuxer = demuxer;
        this.whitelist = whitelist;
    }

    /// What the API calls it.
    public String shortName() {
        return shortName;
    }

    /// The value of ffmpeg's `-f`.
    public String demuxer() {
        return demuxer;
    }

    /// The value of ffmpeg's `-format_whitelist`: the demuxer's full name.
    public String whitelist() {
        return whitelist;
    }

    public boolean isStillImage() {
        return this == JPEG || this == PNG;
    }
}
