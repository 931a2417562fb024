package io.millrace.delivery.mapping;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.millrace.storage.sign.PathSigner;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;

/// A token opens what it was signed for, and nothing else, whatever list, parameters and text
/// surround it.
///
/// Replays kept inputs in every build; `JAZZER_FUZZ=1` looks for new ones.
class SignedPathsFuzzTest {
    private static final String PREFIX = "content/entry/101/0_abc/";
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final InetAddress CLIENT = InetAddress.getLoopbackAddress();
    private static final PathSigner SIGNER =
            new PathSigner(
                    new LinkedHashMap<>(
                            Map.of(
                                    "k1",
                                    "sixteen bytes or more".getBytes(StandardCharsets.US_ASCII))));
    private static final String TOKEN = SIGNER.sign(PREFIX, NOW.plusSeconds(60));
    private static final String MINE =
            SIGNER.sign(PREFIX, NOW.plusSeconds(60), CLIENT.getHostAddress());
    private static final String OLD = SIGNER.sign(PREFIX, NOW);
    private static final String ELSEWHERE = SIGNER.sign(PREFIX, null, "203.0.113.7");

    private static final SignedPaths PATHS = new SignedPaths(SIGNER, false, () -> NOW);

    /// `{T}`, `{M}`, `{O}` and `{E}` stand for a good token, one for this client, one that is over
    /// and one for somebody else.
    @FuzzTest
    void anyPath(byte[] bytes) {
        String path =
                new String(bytes, StandardCharsets.UTF_8)
                        .replace("{T}", TOKEN)
                        .replace("{M}", MINE)
                        .replace("{O}", OLD)
                        .replace("{E}", ELSEWHERE);
        try {
            if (PATHS.check(path, CLIENT, below -> MediaPath.parse(below).names())
                    instanceof SignedPaths.Access.Granted(String covered)) {
                assertThat(path)
                        .matches(p -> p.startsWith("s/" + TOKEN) || p.startsWith("s/" + MINE));
                assertThat(MediaPath.parse(covered).names())
                        .allMatch(name -> (name + "/").startsWith(PREFIX));
            }
        } catch (MediaPathException e) {
            assertThat(e.reason()).isEqualTo(MediaPathException.Reason.BAD_REQUEST);
        }
    }

    /// A token is what we made, but for the bits of its last character that say nothing.
    @FuzzTest
    void anyToken(byte[] bytes) {
        String token =
                new String(bytes, StandardCharsets.UTF_8)
                        .replace("{T}", TOKEN.substring(0, TOKEN.lastIndexOf('.') + 1))
                        .replace("{S}", TOKEN.substring(TOKEN.lastIndexOf('.') + 1));
        PathSigner.Verdict verdict = SIGNER.verify(token, PREFIX + "a.mp4", NOW);
        if (verdict == PathSigner.Verdict.VALID) {
            int dot = token.lastIndexOf('.') + 1;
            assertThat(TOKEN).startsWith(token.substring(0, dot));
            assertThat(Base64.getUrlDecoder().decode(token.substring(dot)))
                    .isEqualTo(Base64.getUrlDecoder().decode(TOKEN.substring(dot)));
        } else {
            assertThat(verdict).isNotEqualTo(PathSigner.Verdict.EXPIRED);
        }
    }
}
