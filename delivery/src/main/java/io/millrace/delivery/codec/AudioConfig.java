package io.millrace.delivery.codec;

/// An audio codec's configuration, as it sounds after decoding.
public interface AudioConfig extends CodecConfig {
    int sampleRate();

    int channels();
}
