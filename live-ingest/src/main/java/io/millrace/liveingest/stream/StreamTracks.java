package io.millrace.liveingest.stream;

import io.millrace.liveingest.flv.FlvCodec;
import io.millrace.liveingest.flv.VideoColorInfo;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.Objects;

/// What a stream consists of; at least one of the two.
public record StreamTracks(@Nullable Configured video, @Nullable Configured audio) {
    public StreamTracks {
        if (video == null && audio == null) {
            throw new IllegalArgumentException("tracks: none (expected: video, audio or both)");
        }
    }

    /// The same for somebody who was told `before`: colours that hold no longer are said to.
    public StreamTracks resettingColors(StreamTracks before) {
        Configured now = video;
        if (now == null
                || now.color() != null
                || before.video == null
                || before.video.color() == null) {
            return this;
        }
        return new StreamTracks(
                new Configured(now.codec(), now.config(), VideoColorInfo.UNSPECIFIED), audio);
    }

    /// A codec and its decoder configuration as it came (avcC, AudioSpecificConfig …); the first
    /// bytes of a frame for codecs that come without one (MP3, AC-3, E-AC-3, VP8).
    ///
    /// @param color what the publisher says of the picture's colours that the bit stream does not;
    ///   null where that is nothing
    public record Configured(FlvCodec codec, byte[] config, @Nullable VideoColorInfo color) {
        public Configured(FlvCodec codec, byte[] config) {
            this(codec, config, null);
        }

        /// Whether the same decoder decodes it; its colours may be others.
        boolean isDecodedAs(Configured other) {
            return codec == other.codec && Arrays.equals(config, other.config);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Configured configured
                    && isDecodedAs(configured)
                    && Objects.equals(color, configured.color);
        }

        @Override
        public int hashCode() {
            return 31 * codec.hashCode() + Arrays.hashCode(config);
        }

        @Override
        public String toString() {
            return codec + "[" + config.length + " bytes]";
        }
    }
}
