package io.millrace.delivery.codec;

/// What a decoder must know before the first sample, and how manifests name it.
public interface CodecConfig {
    /// The RFC 6381 name as HLS writes it, like `avc1.64001f` or `mp4a.40.2`.
    String codecs();

    /// The same as DASH writes it.
    default String dashCodecs() {
        return codecs();
    }
}
