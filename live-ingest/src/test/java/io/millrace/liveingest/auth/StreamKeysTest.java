package io.millrace.liveingest.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.liveingest.auth.PublishDecision.Allowed;
import io.millrace.liveingest.auth.PublishDecision.Denied;
import io.millrace.liveingest.auth.PublishDecision.Reason;
import io.millrace.storage.sign.StreamKey;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;

class StreamKeysTest {
    private static final Clock CLOCK =
            Clock.fixed(Instant.ofEpochSecond(1_795_000_000), ZoneOffset.UTC);

    @TempDir Path folder;

    private static StreamKeys keys(boolean open, @Nullable Path file, String... keys)
            throws IOException {
        return new StreamKeys(
                open, List.of(keys), file, List.of("_720p", "_360p"), Runnable::run, CLOCK);
    }

    private static PublishDecision ask(StreamKeys keys, String name, String key) throws Exception {
        return keys.authorize(
                        new PublishRequest(name, "", 0, key, name, "live", "192.0.2.1", Map.of()))
                .toCompletableFuture()
                .get();
    }

    @Test
    void aKeyOpensItsOwnNameOnly() throws Exception {
        StreamKeys keys = keys(false, null, "cam:one", "cam:two", "hall:three");
        assertThat(ask(keys, "cam", "one")).isEqualTo(new Allowed("cam", true));
        assertThat(ask(keys, "cam", "two")).isEqualTo(new Allowed("cam", true));
        for (String wrong : List.of("three", "on", "onee", "One")) {
            assertThat(ask(keys, "cam", wrong))
                    .isEqualTo(new Denied(Reason.UNAUTHORIZED, "The stream key is wrong for cam."));
        }
        assertThat(ask(keys, "attic", "one")).isInstanceOf(Denied.class);
        assertThat(ask(keys, "cam", ""))
                .isInstanceOfSatisfying(
                        Denied.class,
                        denied -> assertThat(denied.message()).contains("cam?key=YOUR-KEY"));
    }

    @Test
    void aStarOpensEveryName() throws Exception {
        assertThat(ask(keys(false, null, "*:all"), "attic", "all"))
                .isEqualTo(new Allowed("attic", true));
    }

    @Test
    void openLetsEverybodyIn() throws Exception {
        assertThat(ask(keys(true, null), "attic", "")).isEqualTo(new Allowed("attic", true));
    }

    @Test
    void aSuffixMakesARenditionOfTheStreamAndTheStreamsKeyFits() throws Exception {
        StreamKeys keys = keys(false, null, "cam:one");
        assertThat(ask(keys, "cam_720p", "one")).isEqualTo(new Allowed("cam", true));
        assertThat(ask(keys, "cam_1080p", "one")).isInstanceOf(Denied.class);
        assertThat(ask(keys, "_720p", "one")).isInstanceOf(Denied.class);
    }

    @Test
    void temporaryKeysEndAndAreForOneAddress() throws Exception {
        StreamKeys keys = keys(false, null, "cam:one", "*:all");
        Instant later = CLOCK.instant().plusSeconds(60);
        for (String key : List.of("one", "all")) {
            for (String name : List.of("cam", "cam_720p")) {
                assertThat(ask(keys, name, StreamKey.temporary(key, "cam", later, null)))
                        .isEqualTo(new Allowed("cam", true));
                assertThat(ask(keys, name, StreamKey.temporary(key, "cam", later, "192.0.2.1")))
                        .isEqualTo(new Allowed("cam", true));
            }
            assertThat(ask(keys, "cam", StreamKey.temporary(key, "cam", later, "192.0.2.2")))
                    .isEqualTo(new Denied(Reason.UNAUTHORIZED, "The stream key is wrong for cam."));
            assertThat(ask(keys, "cam", StreamKey.temporary(key, "cam", CLOCK.instant(), null)))
                    .isEqualTo(new Denied(Reason.UNAUTHORIZED, "The stream key has expired."));
            assertThat(ask(keys, "cam", StreamKey.temporary(key, "hall", later, null)))
                    .isInstanceOf(Denied.class);
        }
    }

    @Test
    void theFileIsReadAgainWhenItChangesAndABrokenOneChangesNothing() throws Exception {
        Path file = folder.resolve("keys");
        Files.writeString(file, "# studio\ncam  one\n\n");
        StreamKeys keys = keys(false, file);
        assertThat(ask(keys, "cam", "one")).isInstanceOf(Allowed.class);
        Files.writeString(file, "cam two\n");
        Files.setLastModifiedTime(file, FileTime.fromMillis(2_000_000_000_000L));
        assertThat(ask(keys, "cam", "one")).isInstanceOf(Denied.class);
        assertThat(ask(keys, "cam", "two")).isInstanceOf(Allowed.class);
        Files.writeString(file, "cam\n");
        Files.setLastModifiedTime(file, FileTime.fromMillis(2_100_000_000_000L));
        assertThat(ask(keys, "cam", "two")).isInstanceOf(Allowed.class);
        assertThatThrownBy(() -> keys(false, file)).hasMessageContaining("keys:1: expected: name");
        assertThatThrownBy(() -> keys(false, null, "nameless"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("nameless");
    }
}
