package io.millrace.delivery.hls;

import io.millrace.delivery.drm.EncryptionScheme;
import io.millrace.delivery.drm.Protection;
import io.millrace.delivery.drm.PsshBox;
import io.millrace.delivery.packaging.SegmentFormat;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.UUID;

/// `EXT-X-KEY` and `EXT-X-SESSION-KEY`, RFC 8216 §4.3.2.4: how players get the key of a
/// presentation.
///
/// | scheme | METHOD | key formats |
/// |---|---|---|
/// | aes-128 | AES-128 | identity: the key beside the playlist |
/// | sample-aes | SAMPLE-AES | identity |
/// | cbcs | SAMPLE-AES | one tag per licence system; identity where the key is handed out |
/// | cenc | SAMPLE-AES-CTR | as cbcs |
final class KeyTags {
    /// Below the playlist, under the same signature.
    static final String KEY_URI = "encryption.key";

    /// `KEYFORMAT` asks for 5.
    private static final int VERSION = 5;

    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    private KeyTags() {}

    /// The version a playlist of `version` needs with the protection's tags.
    static int version(@Nullable Protection protection, int version) {
        boolean keyFormats = protection != null && protection.scheme() != EncryptionScheme.AES_128;
        return keyFormats ? Math.max(VERSION, version) : version;
    }

    /// What stands before a clip's first segment, and before its `EXT-X-MAP`: init segments are in
    /// the clear, which a player takes from no key being in force there.
    ///
    /// @param first whether no key was in force before
    static void beforeMap(StringBuilder out, @Nullable Protection protection, boolean first) {
        if (protection != null && protection.scheme() == EncryptionScheme.AES_128 && !first) {
            out.append("#EXT-X-KEY:METHOD=NONE\n");
        }
    }

    /// The tags of a media playlist, to stand before the segments they are for.
    static void append(StringBuilder out, @Nullable Protection protection, SegmentFormat format) {
        if (protection != null) {
            write(out, "#EXT-X-KEY", protection, format);
        }
    }

    /// The tags of a multivariant playlist, so that licences are asked for early. Keys that are not
    /// licences are left to the media playlists.
    static void appendSession(
            StringBuilder out, @Nullable Protection protection, SegmentFormat format) {
        if (protection != null && !protection.scheme().servesKey()) {
            write(out, "#EXT-X-SESSION-KEY", protection, format);
        }
    }

    private static void write(
            StringBuilder out, String tag, Protection protection, SegmentFormat format) {
        EncryptionScheme scheme = protection.scheme();
        if (scheme == EncryptionScheme.AES_128) {
            byte[] iv = protection.key().givenIv();
            AttributeList attributes =
                    new AttributeList(out, tag).bare("METHOD", "AES-128").quoted("URI", KEY_URI);
            if (iv != null) {
                attributes.bare("IV", hex(iv));
            }
            attributes.end();
            return;
        }
        String method = scheme == EncryptionScheme.CENC ? "SAMPLE-AES-CTR" : "SAMPLE-AES";
        boolean any = false;
        if (!scheme.servesKey()) {
            for (PsshBox system : protection.systems()) {
                any |= system(out, tag, method, system, protection, format);
            }
        }
        if (scheme.servesKey() || protection.licenceServed()) {
            AttributeList attributes =
                    new AttributeList(out, tag).bare("METHOD", method).quoted("URI", KEY_URI);
            if (scheme != EncryptionScheme.CENC) {
                attributes.bare("IV", hex(protection.key().constantIv()));
            }
            if (format == SegmentFormat.FMP4) {
                attributes.bare("KEYID", keyId(protection)).quoted("KEYFORMAT", "identity");
            }
            attributes.end();
        } else if (!any) {
            // No system was given: players of the common one can still tell which key it is.
            widevineLike(
                    out,
                    tag,
                    method,
                    PsshBox.common(java.util.List.of(protection.key().id())),
                    protection);
        }
    }

    /// @return whether the system has a form in HLS
    private static boolean system(
            StringBuilder out,
            String tag,
            String method,
            PsshBox system,
            Protection protection,
            SegmentFormat format) {
        UUID id = system.systemId();
        if (id.equals(PsshBox.FAIRPLAY)) {
            if (protection.scheme() == EncryptionScheme.CENC) {
                return false;
            }
            String uri = new String(system.data(), StandardCharsets.UTF_8);
            new AttributeList(out, tag)
                    .bare("METHOD", method)
                    .quoted("URI", uri.isEmpty() ? "skd://" + protection.key().id() : uri)
                    .quoted("KEYFORMAT", "com.apple.streamingkeydelivery")
                    .quoted("KEYFORMATVERSIONS", "1")
                    .end();
            return true;
        }
        if (format == SegmentFormat.TS) {
            return false;
        }
        if (id.equals(PsshBox.PLAYREADY)) {
            new AttributeList(out, tag)
                    .bare("METHOD", method)
                    .quoted("URI", "data:text/plain;charset=UTF-16;base64," + base64(system.data()))
                    .quoted("KEYFORMAT", "com.microsoft.playready")
                    .quoted("KEYFORMATVERSIONS", "1")
                    .end();
            return true;
        }
        widevineLike(out, tag, method, system, protection);
        return true;
    }

    private static void widevineLike(
            StringBuilder out, String tag, String method, PsshBox system, Protection protection) {
        new AttributeList(out, tag)
                .bare("METHOD", method)
                .quoted("URI", "data:text/plain;base64," + base64(system.box()))
                .bare("KEYID", keyId(protection))
                .quoted(
                        "KEYFORMAT",
                        "urn:uuid:" + system.systemId().toString().toLowerCase(Locale.ROOT))
                .quoted("KEYFORMATVERSIONS", "1")
                .end();
    }

    private static String keyId(Protection protection) {
        return hex(protection.key().idBytes());
    }

    private static String hex(byte[] bytes) {
        return "0x" + HEX.formatHex(bytes);
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }
}
