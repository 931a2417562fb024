package io.millrace.liveingest.stream;

import io.millrace.delivery.codec.ColorInfo;
import io.millrace.delivery.codec.VideoConfig;
import io.millrace.delivery.codec.aac.AacConfig;
import io.millrace.delivery.codec.av1.Av1Config;
import io.millrace.delivery.codec.avc.AvcConfig;
import io.millrace.delivery.codec.hevc.HevcConfig;
import io.millrace.delivery.failure.MediaException;
import io.millrace.liveingest.flv.FlvCodec;
import io.millrace.liveingest.stream.StreamTracks.Configured;

import org.jspecify.annotations.Nullable;

/// What configurations say of pictures and sound, as far as they can be read.
final class TrackFacts {
    private TrackFacts() {}

    static SourceReport.@Nullable Video video(
            @Nullable StreamTracks tracks,
            double framesPerSecond,
            long bitsPerSecond,
            long keyFrameIntervalMs) {
        Configured configured = tracks == null ? null : tracks.video();
        if (configured == null) {
            return null;
        }
        VideoConfig config = config(configured);
        return new SourceReport.Video(
                config == null ? configured.codec().fourCc() : config.codecs(),
                config == null ? 0 : config.width(),
                config == null ? 0 : config.height(),
                framesPerSecond,
                bitsPerSecond,
                keyFrameIntervalMs);
    }

    private static @Nullable VideoConfig config(Configured configured) {
        return config(configured.codec(), configured.config());
    }

    /// What a bit stream says of its colours, as far as its configuration has it.
    static ColorInfo colors(FlvCodec codec, byte[] config) {
        VideoConfig read = config(codec, config);
        return read == null ? ColorInfo.UNSPECIFIED : read.color();
    }

    private static @Nullable VideoConfig config(FlvCodec codec, byte[] config) {
        try {
            return switch (codec) {
                case AVC -> AvcConfig.parse(config);
                case HEVC -> HevcConfig.parse("hvc1", config);
                case AV1 -> Av1Config.parse(config);
                default -> null;
            };
        } catch (MediaException _) {
            return null;
        }
    }

    static SourceReport.@Nullable Audio audio(@Nullable StreamTracks tracks, long bitsPerSecond) {
        Configured configured = tracks == null ? null : tracks.audio();
        if (configured == null) {
            return null;
        }
        switch (configured.codec()) {
            case AAC -> {
                try {
                    AacConfig aac = AacConfig.parse(configured.config());
                    return new SourceReport.Audio(
                            aac.codecs(), aac.sampleRate(), aac.channels(), bitsPerSecond);
                } catch (MediaException _) {
                    // then its name has to do
                }
            }
            case OPUS -> {
                byte[] head = configured.config();
                return new SourceReport.Audio(
                        "opus", 48_000, head.length > 9 ? head[9] : 2, bitsPerSecond);
            }
            default -> {}
        }
        return new SourceReport.Audio(configured.codec().fourCc(), 0, 0, bitsPerSecond);
    }
}
