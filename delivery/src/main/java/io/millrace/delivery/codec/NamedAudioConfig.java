package io.millrace.delivery.codec;

/// An audio codec of which we need no more than its names: its sample entry travels verbatim.
public record NamedAudioConfig(String codecs, String dashCodecs, int sampleRate, int channels)
        implements AudioConfig {}
