package io.millrace.storage.sign;

import static io.millrace.storage.sign.PathSigner.Verdict.EXPIRED;
import static io.millrace.storage.sign.PathSigner.Verdict.INVALID;
import static io.millrace.storage.sign.PathSigner.Verdict.OTHER_ADDRESS;
import static io.millrace.storage.sign.PathSigner.Verdict.VALID;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;

class PathSignerTest {
    private static final Instant NOW = Instant.ofEpochSecond(1_795_000_000);
    private static final String PREFIX = "content/entry/101/0_abc/";
    private static final String PATH = PREFIX + "0_def_1.mp4/index.m3u8";

    private final PathSigner signer = signer("k1", "0123456789abcdef");

    /// The first vector of docs/signed-urls.md.
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

    @Test
    void mayBeForOneAddress() {
        String token = signer.sign(PREFIX, null, "203.0.113.7");
        assertThat(token.split("\\.")[2]).isEqualTo("4a");
        assertThat(signer.verify(token, List.of(PATH), NOW, "203.0.113.7")).isEqualTo(VALID);
        assertThat(signer.verify(token, List.of(PATH), NOW, "203.0.113.8"))
                .isEqualTo(OTHER_ADDRESS);
        assertThat(signer.verify(token, List.of(PATH), NOW, null)).isEqualTo(INVALID);
        assertThat(signer.verify(token, PATH, NOW)).isEqualTo(INVALID);
        // Taking the mark away does not free it of the address.
        String unbound = token.replace(".4a.", ".4.");
        assertThat(signer.verify(unbound, List.of(PATH), NOW, "203.0.113.7")).isEqualTo(INVALID);
    }

    @Test
    void coversEveryPathOrNone() {
        String token = signer.sign(PREFIX, null);
        assertThat(signer.verify(token, List.of(PREFIX + "a", PREFIX + "b"), NOW, null))
                .isEqualTo(VALID);
        assertThat(
                        signer.verify(
                                token,
                                List.of(PREFIX + "a", "content/entry/101/0_other/b"),
                                NOW,
                                null))
                .isEqualTo(INVALID);
        assertThat(signer.verify(token, List.of(), NOW, null)).isEqualTo(INVALID);
    }

    /// Everyone who makes tokens in another language checks against this table.
    @Test
    void makesThePublishedVectors() throws Exception {
        int vectors = 0;
        for (String line : Files.readAllLines(Path.of("../docs/signed-urls.md"))) {
            String[] cells = line.split("\\s*\\|\\s*");
            if (cells.length != 7 || !cells[6].startsWith("`")) {
                continue;
            }
            String[] cell = new String[7];
            for (int i = 1; i < 7; i++) {
                cell[i] = cells[i].replace("`", "");
            }
            long expiry = Long.parseLong(cell[4]);
            PathSigner made = signer(cell[1], cell[2]);
            String token =
                    made.sign(
                            cell[3],
                            expiry == 0 ? null : Instant.ofEpochSecond(expiry),
                            cell[5].isEmpty() ? null : cell[5]);
            assertThat(token).as(line).isEqualTo(cell[6]);
            assertThat(
                            made.verify(
                                    token,
                                    List.of(cell[3] + "a.mp4"),
                                    NOW,
                                    cell[5].isEmpty() ? null : cell[5]))
                    .isEqualTo(VALID);
            vectors++;
        }
        assertThat(vectors).isGreaterThanOrEqualTo(5);
    }
}
