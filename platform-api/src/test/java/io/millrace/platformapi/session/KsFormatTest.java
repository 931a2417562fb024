package io.millrace.platformapi.session;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/// The tokens of kaltura-v3 b.1 and b.2, which were checked against the official Java client.
class KsFormatTest {
    private static final String SECRET = "ec7d2b1a0f3c4d5e6f708192a3b4c5d6";
    private static final String V1 =
            "MzQwYzdmNWM1MTM4ODkzZGU5NzgyNGZkMzUxNjA4ZGYwZjQxMDQ0OHwxMDI7MTAyOzE4OTM0NTYwMDA7MjsxMjM0NTYuNzg5O3Rlc3RlcjtkaXNhYmxlZW50aXRsZW1lbnQsbGlzdDoqOzs=";
    private static final String V2 =
            "djJ8MTAyfMvrM5XgVmpyASNa_DQe0U4EOojQqOqmLdVlxrtF7xGJo7T2HeIRA8fwvpRcr5ytWxf7RbpIMxgmT-dqSXJXxYXL3Ax3hUk3nGXfIeCdY0JLcimMMMw_Q_3WXxMQ1rMxKg==";
    private static final Privileges PRIVILEGES = Privileges.parse("disableentitlement,list:*");

    @Test
    void readsBothVersions() {
        for (String text : List.of(V1, V2)) {
            Ks ks = read(text, SECRET).orElseThrow();
            assertThat(ks.partnerId()).isEqualTo(102);
            assertThat(ks.expiry()).isEqualTo(1893456000);
            assertThat(ks.type()).isEqualTo(Ks.TYPE_ADMIN);
            assertThat(ks.userId()).isEqualTo("tester");
            assertThat(ks.privileges()).isEqualTo(PRIVILEGES);
            assertThat(ks.masterPartnerId()).isNull();
            assertThat(ks.privileges().toString()).isEqualTo("disableentitlement,list:*");
        }
    }

    @Test
    void makesBothVersionsAsTheRealServerDoes() {
        assertThat(
                        KsFormat.makeV1(
                                102,
                                SECRET,
                                Ks.TYPE_ADMIN,
                                "tester",
                                1893456000,
                                PRIVILEGES,
                                "123456.789"))
                .isEqualTo(V1);
        byte[] random = new byte[16];
        for (int i = 0; i < random.length; i++) {
            random[i] = (byte) i;
        }
        assertThat(
                        KsFormat.makeV2(
                                102,
                                SECRET,
                                Ks.TYPE_ADMIN,
                                "tester",
                                1893456000,
                                PRIVILEGES,
                                null,
                                random))
                .isEqualTo(V2);
    }

    @Test
    void readsWhatItMakes() {
        String[] privileges = {
            "",
            "*",
            "view:*,widget:1",
            "edit:0_abc/0_def,urirestrict:/api_v3/*|/p/1/*",
            "sessionid:a b&c=d%"
        };
        for (String text : privileges) {
            String token =
                    KsFormat.makeV2(
                            -5, "s", Ks.TYPE_USER, "Zoë; =&%+", 17, Privileges.parse(text), 102);
            Ks ks = read(token, "s").orElseThrow();
            assertThat(ks.userId()).isEqualTo("Zoë; =&%+");
            assertThat(ks.partnerId()).isEqualTo(-5);
            assertThat(ks.masterPartnerId()).isEqualTo(102);
            assertThat(ks.privileges()).isEqualTo(Privileges.parse(text));
        }
    }

    @Test
    void triesEverySecretOfThePartner() {
        assertThat(KsFormat.open(V2).orElseThrow().verify(List.of("new", SECRET))).isPresent();
        assertThat(KsFormat.open(V2).orElseThrow().verify(List.of("new", "other"))).isEmpty();
        assertThat(KsFormat.open(V1).orElseThrow().verify(List.of())).isEmpty();
    }

    @Test
    void refusesEveryFlippedBit() {
        for (String text : List.of(V1, V2)) {
            byte[] token = Base64.getDecoder().decode(text.replace('-', '+').replace('_', '/'));
            for (int bit = 0; bit < token.length * 8; bit++) {
                byte[] flipped = token.clone();
                flipped[bit / 8] ^= (byte) (1 << bit % 8);
                assertThat(read(Base64.getUrlEncoder().encodeToString(flipped), SECRET))
                        .as("bit %d of %s", bit, text)
                        .isEmpty();
            }
        }
    }

    @Test
    void refusesEveryCutAndEveryChangedCharacter() {
        for (String text : List.of(V1, V2)) {
            String unpadded = text.replace("=", "");
            for (int length = 0; length < unpadded.length(); length++) {
                assertThat(read(text.substring(0, length), SECRET)).isEmpty();
            }
            for (int i = 0; i < unpadded.length(); i++) {
                char other = text.charAt(i) == 'A' ? 'B' : 'A';
                assertThat(read(text.substring(0, i) + other + text.substring(i + 1), SECRET))
                        .isEmpty();
            }
            assertThat(read(unpadded, SECRET)).isPresent();
            assertThat(read(text + " ", SECRET)).isEmpty();
        }
    }

    @Test
    void refusesNonsense() {
        String longest = "A".repeat(KsFormat.MAX_CHARACTERS + 1);
        for (String text :
                List.of(
                        "",
                        "x",
                        "=",
                        "djJ8",
                        "djJ8MTAyfA==",
                        longest,
                        "é",
                        base64("v2|x|" + "y".repeat(48)),
                        base64("a".repeat(40) + "|"))) {
            assertThat(KsFormat.open(text)).as(text).isEmpty();
        }
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static Optional<Ks> read(String text, String secret) {
        return KsFormat.open(text)
                .flatMap(
                        opened ->
                                opened.verify(
                                        Math.abs(opened.partnerId()) == 5
                                                        || opened.partnerId() == 102
                                                ? List.of(secret)
                                                : List.of("another partner's")));
    }
}
