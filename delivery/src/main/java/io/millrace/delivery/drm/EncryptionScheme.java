package io.millrace.delivery.drm;

import org.jspecify.annotations.Nullable;

/// How media is encrypted.
///
/// | scheme | HLS MPEG-TS | HLS fMP4 | DASH |
/// |---|---|---|---|
/// | aes-128 | whole segments | whole segments, init too | not offered |
/// | sample-aes | SAMPLE-AES | cbcs | cbcs |
/// | cenc | not offered | SAMPLE-AES-CTR | cenc |
/// | cbcs | SAMPLE-AES | SAMPLE-AES | cbcs |
///
/// `sample-aes` and `cbcs` write the same bytes; they differ in what playlists say: `sample-aes`
/// hands the key out beside the playlist, `cbcs` names the licence systems.
public enum EncryptionScheme {
    /// RFC 8216 §4.3.2.4: AES-128 CBC with PKCS7 padding over whole segments.
    AES_128("aes-128"),
    /// Apple's sample encryption with the key at a URL (the `identity` key format).
    SAMPLE_AES("sample-aes"),
    /// ISO/IEC 23001-7 §10.1: AES-CTR, all bytes of subsamples.
    CENC("cenc"),
    /// ISO/IEC 23001-7 §10.4: AES-CBC, one block of ten in video, constant IV.
    CBCS("cbcs");

    private final String text;

    EncryptionScheme(String text) {
        this.text = text;
    }

    /// As configuration and key files say it.
    public String text() {
        return text;
    }

    /// @return null when there is no such scheme
    public static @Nullable EncryptionScheme of(String text) {
        for (EncryptionScheme scheme : values()) {
            if (scheme.text.equals(text)) {
                return scheme;
            }
        }
        return null;
    }

    /// Whether viewers get the key itself, from a URL beside the playlist.
    public boolean servesKey() {
        return this == AES_128 || this == SAMPLE_AES;
    }

    /// Whether MPEG-TS segments have a form in this scheme.
    public boolean fitsTs() {
        return this != CENC;
    }

    /// Whether fMP4 files carry Common Encryption boxes.
    public boolean isCommonEncryption() {
        return this != AES_128;
    }

    /// The `schm` type and MPD value of fMP4.
    ///
    /// @throws IllegalStateException for {@link #AES_128}, which has none
    public String commonEncryptionName() {
        return switch (this) {
            case CENC -> "cenc";
            case SAMPLE_AES, CBCS -> "cbcs";
            case AES_128 -> throw new IllegalStateException("aes-128 is not Common Encryption");
        };
    }
}
