package io.millrace.delivery.drm;

import io.millrace.delivery.codec.CodecConfig;
import io.millrace.delivery.codec.avc.AvcConfig;
import io.millrace.delivery.codec.hevc.HevcConfig;
import io.millrace.delivery.failure.UnsupportedMediaException;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;

/// Which bytes of a codec's samples are encrypted.
interface SampleLayout {
    /// Fills `into` with the stretches of the sample at `[start, start + size)`, which add up to
    /// `size`.
    void map(ByteBuffer bytes, int start, int size, Subsamples into)
            throws UnsupportedMediaException;

    /// @return null for audio, whose samples are encrypted whole without saying so
    static @Nullable SampleLayout of(CodecConfig codec, boolean isVideo, boolean wholeBlocksOnly) {
        if (!isVideo) {
            return null;
        }
        return switch (codec) {
            case AvcConfig avc ->
                    new NalSampleLayout(
                            avc.nalLengthSize(),
                            new AvcSlices(avc.parameterSets()),
                            wholeBlocksOnly);
            case HevcConfig hevc ->
                    new NalSampleLayout(
                            hevc.nalLengthSize(),
                            new HevcSlices(hevc.parameterSets()),
                            wholeBlocksOnly);
            // VP9 and AV1: their frame headers are not read, so nothing of them stays clear.
            default ->
                    (_, _, size, into) -> {
                        into.reset();
                        into.protect(size);
                        into.finish();
                    };
        };
    }
}
