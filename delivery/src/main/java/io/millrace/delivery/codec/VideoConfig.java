package io.millrace.delivery.codec;

/// A video codec's configuration. Sizes are of the decoded picture after cropping, in pixels; 0
/// where the configuration does not say.
public interface VideoConfig extends CodecConfig {
    int width();

    int height();

    /// Sample (pixel) aspect ratio; 1:1 where not said.
    default int sampleAspectWidth() {
        return 1;
    }

    default int sampleAspectHeight() {
        return 1;
    }

    /// What the stream says of its colours; a `colr` box of the sample entry wins over it.
    ColorInfo color();

    /// The same with what the container says.
    VideoConfig withColor(ColorInfo color);
}
