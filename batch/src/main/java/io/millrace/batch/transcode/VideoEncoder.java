package io.millrace.batch.transcode;

import java.util.List;

/// The H.264 encoders that an ffmpeg build may have, the better one first, and how each is told the
/// same things: closed groups of pictures whose only key frames are those at the times we force, so
/// that all renditions of a source can be cut at the same places.
public enum VideoEncoder {
    X264("libx264") {
        @Override
        List<String> options(Rendition.Video video, String preset) {
            return List.of(
                    "-preset",
                    preset,
                    "-profile:v",
                    "high",
                    "-crf",
                    "22",
                    "-x264-params",
                    "scenecut=0:open-gop=0");
        }
    },
    OPENH264("libopenh264") {
        @Override
        List<String> options(Rendition.Video video, String preset) {
            return List.of(
                    "-profile:v",
                    "high",
                    "-b:v",
                    video.bitrateKbps() + "k",
                    "-allow_skip_frames",
                    "0");
        }
    };

    private final String ffmpegName;

    VideoEncoder(String ffmpegName) {
        this.ffmpegName = ffmpegName;
    }

    public String ffmpegName() {
        return ffmpegName;
    }

    abstract List<String> options(Rendition.Video video, String preset);

    /// @param known names of encoders, as ffmpeg lists them
    public static VideoEncoder best(List<String> known) {
        for (VideoEncoder encoder : values()) {
            if (known.contains(encoder.ffmpegName)) {
                return encoder;
            }
        }
        throw new IllegalStateException("this ffmpeg has no H.264 encoder");
    }
}
