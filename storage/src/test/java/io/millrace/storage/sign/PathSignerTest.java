package io.millrace.storage.sign;

import static io.millrace.storage.sign.PathSigner.Verdict.EXPIRED;
import static io.millrace.storage.sign.PathSigner.Verdict.INVALID;
import static io.millrace.storage.sign.PathSigner.Verdict.VALID;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;

class PathSignerTest {
    private static final Instant NOW = Instant.ofEpochSecond(1_795_000_000);
    private static final String PREFIX = "content/entry/101/0_abc/";
    private static final String PATH = PREFIX + "0_def_1.mp4/index.m3u8";

    private final PathSigner signer = signer("k1", "0123456789abcdef");

    /// The vector of docs/specifications.md.
    @Test
    void makesThePublishedToken() {
        assertThat(signer.sign(PREFIX, Instant.ofEpochSecond(1_795_000_060)))
                .isEqualTo("top2ws.k1.4._Y96Wy8svONtxH5rFZEChA");
    }

    @Test
    void acceptsEverythingBelowThePrefix() {
        String token = signer.sign(PREFIX, NOW.plusSeconds(60));
        assertThat(signer.verify(token, PATH, NOW)).isEqualTo(VALID);
        assertThat(signer.verify(token, PREFIX, NOW)).isEqualTo(VALID);
        assertThat(signer.verify(token, PREFIX + "other/x", NOW)).isEqualTo(VALID);
    }

    @Test
    void refusesWhatIsNotBelowThePrefix() {
        String token = signer.sign(PREFIX, null);
        for (String path :
                new String[] {
                    "content/entry/101/0_abd/x",
                    "content/entry/102/0_abc/x",
                    "content/entry/101/0_abc",
                    "content/entry/101/",
                    "/" + PATH,
                    "",
                    "x/content/entry/101/0_abc/y"
                }) {
            assertThat(signer.verify(token, path, NOW)).as(path).isEqualTo(INVALID);
        }
    }

    @Test
    void expires() {
        String token = signer.sign(PREFIX, NOW);
        assertThat(signer.verify(token, PATH, NOW.minusSeconds(1))).isEqualTo(VALID);
        assertThat(signer.verify(token, PATH, NOW)).isEqualTo(EXPIRED);
        assertThat(signer.verify(signer.sign(PREFIX, null), PATH, Instant.MAX)).isEqualTo(VALID);
    }

    @Test
    void everyChangedCharacterOfTheTokenMakesItInvalid() {
        String token = signer.sign(PREFIX, NOW.plusSeconds(60));
        for (int i = 0; i < token.length(); i++) {
            for (char c : "0aA.-_z9".toCharArray()) {
                if (token.charAt(i) == c) {
                    continue;
                }
                String changed = token.substring(0, i) + c + token.substring(i + 1);
                assertThat(signer.verify(changed, PATH, NOW)).as(changed).isEqualTo(INVALID);
            }
            assertThat(signer.verify(token.substring(0, i), PATH, NOW)).isEqualTo(INVALID);
            assertThat(signer.verify(token.substring(0, i) + token.substring(i + 1), PATH, NOW))
                    .isEqualTo(INVALID);
            assertThat(signer.verify(token + token.charAt(i), PATH, NOW)).isEqualTo(INVALID);
        }
    }

    @Test
    void everyChangedBitOfTheSignatureMakesItInvalid() {
        String token = signer.sign(PREFIX, null);
        int at = token.lastIndexOf('.') + 1;
        byte[] signature = java.util.Base64.getUrlDecoder().decode(token.substring(at));
        for (int bit = 0; bit < signature.length * 8; bit++) {
            byte[] changed = signature.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            String other =
                    token.substring(0, at)
                            + java.util.Base64.getUrlEncoder()
                                    .withoutPadding()
                                    .encodeToString(changed);
            assertThat(signer.verify(other, PATH, NOW)).isEqualTo(INVALID);
        }
    }

    @Test
    void anotherKeyDoesNotVerifyAndARotatedOneDoes() {
        String token = signer.sign(PREFIX, null);
        assertThat(signer("k1", "fedcba9876543210").verify(token, PATH, NOW)).isEqualTo(INVALID);
        assertThat(signer("k2", "0123456789abcdef").verify(token, PATH, NOW)).isEqualTo(INVALID);
        var both = new LinkedHashMap<String, byte[]>();
        both.put("k2", "fedcba9876543210".getBytes(StandardCharsets.US_ASCII));
        both.put("k1", "0123456789abcdef".getBytes(StandardCharsets.US_ASCII));
        PathSigner rotated = new PathSigner(both);
        assertThat(rotated.verify(token, PATH, NOW)).isEqualTo(VALID);
        assertThat(signer.verify(rotated.sign(PREFIX, null), PATH, NOW)).isEqualTo(INVALID);
    }

    @Test
    void garbageIsInvalid() {
        for (String token :
                new String[] {
                    "",
                    ".",
                    "...",
                    "0.k1.4",
                    "0.k1.4.!",
                    "0.k1.-1.AAAA",
                    "0.k1.0.AAAA",
                    "0.k1.99999999999.AAAA",
                    "~.k1.4.AAAA",
                    "0.k1.4." + "A".repeat(100_000)
                }) {
            assertThat(signer.verify(token, PATH, NOW)).isEqualTo(INVALID);
        }
    }

    private static PathSigner signer(String id, String secret) {
        var keys = new LinkedHashMap<String, byte[]>();
        keys.put(id, secret.getBytes(StandardCharsets.US_ASCII));
        return new PathSigner(keys);
    }
}
