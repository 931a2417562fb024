package io.millrace.delivery.drm;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.UUID;

import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// The ciphers against NIST SP 800-38A's vectors and the JDK's own modes.
class CiphersTest {
    /// F.2.1 CBC-AES128.Encrypt.
    private static final byte[] KEY = hex("2b7e151628aed2a6abf7158809cf4f3c");

    private static final byte[] IV = hex("000102030405060708090a0b0c0d0e0f");
    private static final byte[] PLAIN =
            hex(
                    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
                            + "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710");
    private static final byte[] CBC =
            hex(
                    "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"
                            + "73bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7");

    private static final ContentKey CONTENT_KEY = new ContentKey(new UUID(1, 2), KEY, IV);

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text);
    }

    @Test
    void chainsAsOftenAsItIsRestarted() {
        var chain = new CbcChain(CONTENT_KEY, IV);
        for (int i = 0; i < 3; i++) {
            ByteBuffer bytes = ByteBuffer.allocateDirect(80).put(5, PLAIN);
            chain.restart();
            chain.encrypt(bytes, 5, 48);
            chain.encrypt(bytes, 53, 16 + 11);
            byte[] encrypted = new byte[64];
            bytes.get(5, encrypted);
            assertThat(encrypted).isEqualTo(CBC);
            assertThat(bytes.get(69)).isZero();
        }
    }

    @Test
    void encryptsOneBlockOfTenWhateverTheLength() throws Exception {
        byte[] plain = random(400_000);
        for (int length : new int[] {0, 15, 16, 31, 160, 175, 176, 177, 399_990}) {
            ByteBuffer bytes = ByteBuffer.wrap(plain.clone());
            var chain = new CbcChain(CONTENT_KEY, IV);
            chain.encryptOneIn(10, bytes, 3, 3 + length);

            Cipher cipher = Cipher.getInstance("AES/CBC/NoPadding");
            cipher.init(
                    Cipher.ENCRYPT_MODE, new SecretKeySpec(KEY, "AES"), new IvParameterSpec(IV));
            byte[] expected = plain.clone();
            for (int at = 3; 3 + length - at >= 16; at += 160) {
                System.arraycopy(cipher.update(plain, at, 16), 0, expected, at, 16);
            }
            assertThat(Arrays.equals(bytes.array(), expected)).as("length " + length).isTrue();
        }
    }

    @Test
    void countsLikeTheJdk() throws Exception {
        byte[] plain = random(100_003);
        var stream = new CounterStream(CONTENT_KEY);
        for (long iv : new long[] {0, -1, 0x0123456789ABCDEFL}) {
            Cipher cipher = Cipher.getInstance("AES/CTR/NoPadding");
            cipher.init(
                    Cipher.ENCRYPT_MODE,
                    new SecretKeySpec(KEY, "AES"),
                    new IvParameterSpec(ByteBuffer.allocate(16).putLong(iv).array()));
            byte[] expected = cipher.doFinal(plain);
            ByteBuffer bytes = ByteBuffer.wrap(plain.clone());
            stream.start(iv);
            int at = 0;
            for (int step : new int[] {1, 15, 16, 17, 5000, 3, 40_000, 13}) {
                stream.encrypt(bytes, at, step);
                at += step;
            }
            stream.encrypt(bytes, at, plain.length - at);
            assertThat(Arrays.equals(bytes.array(), expected)).isTrue();
        }
    }

    @Test
    void wholeSegmentsArePadded() throws Exception {
        byte[] plain = random(100_000);
        for (int length : new int[] {0, 1, 15, 16, 17, 188, 32 << 10, 100_000}) {
            ByteBuffer bytes = ByteBuffer.allocateDirect(length).put(0, plain, 0, length);
            byte[] last = WholeSegmentCipher.encrypt(bytes, CONTENT_KEY, IV);
            byte[] all = new byte[length / 16 * 16 + 16];
            bytes.get(0, all, 0, length / 16 * 16);
            System.arraycopy(last, 0, all, length / 16 * 16, 16);
            assertThat((long) all.length).isEqualTo(WholeSegmentCipher.encryptedSize(length));
            Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
            cipher.init(
                    Cipher.DECRYPT_MODE, new SecretKeySpec(KEY, "AES"), new IvParameterSpec(IV));
            assertThat(cipher.doFinal(all)).isEqualTo(Arrays.copyOf(plain, length));
        }
        assertThat(WholeSegmentCipher.sequenceIv(0x1234))
                .isEqualTo(hex("00000000000000000000000000001234"));
    }

    @Test
    void nothingTellsAKey() {
        assertThat(CONTENT_KEY.toString()).doesNotContain("2b7e").contains(CONTENT_KEY.id() + "");
        var protection = Protection.of(EncryptionScheme.CBCS, CONTENT_KEY, false, "seed");
        assertThat(protection.toString()).doesNotContainIgnoringCase("2b7e1516");
        assertThat(protection.tag()).hasSize(8);
    }

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(7).nextBytes(bytes);
        return bytes;
    }
}
