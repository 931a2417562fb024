package io.millrace.liveingest.flv;

import org.jspecify.annotations.Nullable;

/// The codecs that FLV and Enhanced RTMP name.
public enum FlvCodec {
    AVC("avc1", true),
    HEVC("hvc1", true),
    AV1("av01", true),
    VP9("vp09", true),
    VP8("vp08", true),
    VVC("vvc1", true),
    AAC("mp4a", false),
    MP3(".mp3", false),
    OPUS("Opus", false),
    FLAC("fLaC", false),
    AC3("ac-3", false),
    EAC3("ec-3", false);

    private final String fourCc;
    private final boolean video;

    FlvCodec(String fourCc, boolean video) {
        this.fourCc = fourCc;
        this.video = video;
    }

    public String fourCc() {
        return fourCc;
    }

    public boolean isVideo() {
        return video;
    }

    /// Whether frames begin with a composition time and are NAL units with lengths.
    boolean hasCompositionTime() {
        return this == AVC || this == HEVC || this == VVC;
    }

    /// Whether its decoder configuration goes ahead of the frames as a sequence start: the frames
    /// of the others say themselves what they are.
    public boolean hasSequenceHeader() {
        return switch (this) {
            case AVC, HEVC, AV1, VP9, VVC, AAC, OPUS, FLAC -> true;
            case VP8, MP3, AC3, EAC3 -> false;
        };
    }

    /// @param fourCc four bytes, as a big-endian number
    static @Nullable FlvCodec of(int fourCc, boolean video) {
        for (FlvCodec codec : values()) {
            if (codec.video == video && codec.number() == fourCc) {
                return codec;
            }
        }
        return null;
    }

    /// The FourCC as a big-endian number.
    public int number() {
        return fourCc.charAt(0) << 24
                | fourCc.charAt(1) << 16
                | fourCc.charAt(2) << 8
                | fourCc.charAt(3);
    }
}
