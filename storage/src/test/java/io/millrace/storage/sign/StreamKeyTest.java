package io.millrace.storage.sign;

import static io.millrace.storage.sign.StreamKey.Verdict.EXPIRED;
import static io.millrace.storage.sign.StreamKey.Verdict.VALID;
import static io.millrace.storage.sign.StreamKey.Verdict.WRONG;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Instant;

class StreamKeyTest {
    private static final Instant NOW = Instant.ofEpochSecond(1_795_000_000);
    private static final String HERE = "203.0.113.7";

    private static StreamKey.Verdict check(String presented) {
        return StreamKey.check(presented, "s3cret", "cam", NOW, HERE);
    }

    /// The table of docs/live.md, made with openssl.
    @ParameterizedTest
    @CsvSource({
        "1795000060, , top2ws.any.sZCqYl283Ncvn3dWSJ-F9w",
        "0, , 0.any.E83Rhs6dKGpmkdXq-ZCwfg",
        "1893456000, 203.0.113.7, vbbc00.ip._Fuem1Vy-PfTgJ50So9EWg",
    })
    void isWhatTheDocumentsSay(long expiry, String address, String key) {
        assertThat(
                        StreamKey.temporary(
                                "s3cret",
                                "cam",
                                expiry == 0 ? null : Instant.ofEpochSecond(expiry),
                                address))
                .isEqualTo(key);
        assertThat(check(key)).isEqualTo(VALID);
        assertThat(StreamKey.isTemporary(key)).isTrue();
    }

    @Test
    void theStreamsOwnKeyIsGoodForEver() {
        assertThat(check("s3cret")).isEqualTo(VALID);
        assertThat(StreamKey.isTemporary("s3cret")).isFalse();
    }

    @Test
    void endsWithItsTime() {
        String key = StreamKey.temporary("s3cret", "cam", NOW.plusSeconds(1), null);
        assertThat(check(key)).isEqualTo(VALID);
        assertThat(StreamKey.check(key, "s3cret", "cam", NOW.plusSeconds(1), HERE))
                .isEqualTo(EXPIRED);
    }

    @Test
    void isForItsStreamAddressAndKeyOnly() {
        String key = StreamKey.temporary("s3cret", "cam", NOW.plusSeconds(60), HERE);
        assertThat(check(key)).isEqualTo(VALID);
        assertThat(StreamKey.check(key, "s3cret", "cam", NOW, "203.0.113.8")).isEqualTo(WRONG);
        assertThat(StreamKey.check(key, "s3cret", "hall", NOW, HERE)).isEqualTo(WRONG);
        assertThat(StreamKey.check(key, "another", "cam", NOW, HERE)).isEqualTo(WRONG);
        assertThat(check(key.replace(".ip.", ".any."))).isEqualTo(WRONG);
        assertThat(check('z' + key.substring(1))).isEqualTo(WRONG);
    }

    @Test
    void anAddressIsTheSameHoweverItIsWritten() {
        String key = StreamKey.temporary("s3cret", "cam", null, "2001:DB8::1");
        assertThat(StreamKey.check(key, "s3cret", "cam", NOW, "2001:db8:0:0:0:0:0:1"))
                .isEqualTo(VALID);
        assertThat(StreamKey.check(key, "s3cret", "cam", NOW, "?")).isEqualTo(WRONG);
        assertThatThrownBy(() -> StreamKey.temporary("s3cret", "cam", null, "here"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "S3cret", "0.any.", "0.any.AAAAAAAAAAAAAAAAAAAAAA"})
    void anythingElseIsWrong(String presented) {
        assertThat(check(presented)).isEqualTo(WRONG);
    }
}
