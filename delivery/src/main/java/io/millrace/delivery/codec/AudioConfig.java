package io.millrace.delivery.codec;

/// An audio codec's configuration, as it sounds after decoding.
public interface AudioConfig extends CodecConfig {
    int sampleRate();

    int channels();

    /// `CHANNELS` of HLS: the number, or with more where sound objects are carried (`16/JOC`).
    default String hlsChannels() {
        return Integer.toString(channels());
    }
}
