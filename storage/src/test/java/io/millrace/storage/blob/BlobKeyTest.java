package io.millrace.storage.blob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.Random;

class BlobKeyTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "a/",
                "/a",
                "a//b",
                ".",
                "..",
                "a/..",
                "../a",
                "a/../b",
                "a/./b",
                ".a",
                ".staging/x",
                "a/.b",
                "a\\b",
                "a%2e",
                "a b",
                "a\0b",
                "ä",
                "a:b",
                "a?b",
                "a\nb",
                "~"
            })
    void refuses(String value) {
        assertThat(BlobKey.isValid(value)).isFalse();
        assertThatThrownBy(() -> BlobKey.of(value)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "a.b", "a..b", "a/b-c_d.mp4", "content/entry/101/0_x/0_y_1.mp4"})
    void accepts(String value) {
        assertThat(BlobKey.of(value).toString()).isEqualTo(value);
    }

    @Test
    void refusesWhatIsTooLong() {
        assertThat(BlobKey.isValid("a".repeat(200))).isTrue();
        assertThat(BlobKey.isValid("a".repeat(201))).isFalse();
        assertThat(BlobKey.isValid(("a".repeat(99) + "/").repeat(5) + "b".repeat(12))).isTrue();
        assertThat(BlobKey.isValid(("a".repeat(99) + "/").repeat(5) + "b".repeat(13))).isFalse();
    }

    /// Whatever is accepted stays below the folder it is resolved against.
    @Test
    void noAcceptedKeyLeavesItsStore() {
        Random random = new Random(20261122);
        String alphabet = "ab./\\%-_ \0~:";
        Path root = Path.of("/store/root");
        int accepted = 0;
        for (int i = 0; i < 200_000; i++) {
            var text = new StringBuilder();
            int length = 1 + random.nextInt(12);
            for (int j = 0; j < length; j++) {
                // Mostly legal characters, or nothing would be accepted.
                text.append(
                        random.nextInt(4) == 0
                                ? alphabet.charAt(random.nextInt(alphabet.length()))
                                : "a./b".charAt(random.nextInt(4)));
            }
            if (BlobKey.isValid(text.toString())) {
                accepted++;
                Path resolved = root.resolve(text.toString());
                assertThat(resolved.normalize()).isEqualTo(resolved);
                assertThat(resolved.startsWith(root)).isTrue();
                assertThat(resolved).isNotEqualTo(root);
            }
        }
        assertThat(accepted).isGreaterThan(1000);
    }
}
