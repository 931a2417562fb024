package io.millrace.delivery.mapping;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.millrace.delivery.packaging.PackagingOptions;

import java.nio.charset.StandardCharsets;

/// Replays kept inputs in every build; `JAZZER_FUZZ=1` looks for new ones.
class MediaPathFuzzTest {
    private static final MappingReader READER =
            new MappingReader(PackagingOptions.DEFAULT, "/media/");

    @FuzzTest
    void anyPath(byte[] bytes) {
        String path = new String(bytes, StandardCharsets.UTF_8);
        try {
            assertThat(MediaPath.parse(path).files()).hasSizeBetween(1, 32);
        } catch (MediaPathException e) {
            assertThat(e.reason()).isEqualTo(MediaPathException.Reason.BAD_REQUEST);
        }
    }

    @FuzzTest
    void anyMapping(byte[] bytes) {
        try {
            assertThat(READER.read(bytes).clips()).hasSizeBetween(1, 128);
        } catch (MediaPathException e) {
            assertThat(e.reason()).isEqualTo(MediaPathException.Reason.BAD_MAPPING);
        }
    }
}
