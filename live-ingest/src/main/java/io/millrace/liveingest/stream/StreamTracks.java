package io.millrace.liveingest.stream;

import io.millrace.liveingest.flv.FlvCodec;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;

/// What a stream consists of; at least one of the two.
public record StreamTracks(@Nullable Configured video, @Nullable Configured audio) {
    public StreamTracks {
        if (video == null && audio == null) {
            throw new IllegalArgumentException("tracks: none (expected: video, audio or both)");
        }
    }

    /// A codec and its decoder configuration as it came (avcC, AudioSpecificConfig …); the first
    /// bytes of a frame for codecs that come without one (MP3, AC-3, E-AC-3, VP8).
    public record Configured(FlvCodec codec, byte[] config) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Configured(FlvCodec otherCodec, byte[] otherConfig)
                    && codec == otherCodec
                    && Arrays.equals(config, otherConfig);
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
