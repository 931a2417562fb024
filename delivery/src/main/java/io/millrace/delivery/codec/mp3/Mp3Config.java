package io.millrace.delivery.codec.mp3;

import io.millrace.delivery.codec.AudioConfig;

/// MP3, of which the sample entry says all there is: each frame has its own header.
public record Mp3Config(int sampleRate, int channels) implements AudioConfig {
    @Override
    public String codecs() {
        return "mp4a.40.34";
    }

    /// MPEG-1 layer III has the rates from 32 kHz up, MPEG-2 the others.
    public boolean isMpeg1() {
        return sampleRate >= 32_000;
    }
}
