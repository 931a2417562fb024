package io.millrace.delivery.isobmff;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.millrace.delivery.packaging.MediaRequestName;
import io.millrace.delivery.packaging.UrlSet;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/// Replays kept inputs in every build; `JAZZER_FUZZ=1` looks for new ones.
class MediaIndexFuzzTest {
    @FuzzTest
    void anyFile(byte[] bytes) throws IOException {
        MediaIndexReaderTest.play(bytes);
    }

    @FuzzTest
    void anyName(byte[] bytes) {
        String name = new String(bytes, StandardCharsets.UTF_8);
        MediaRequestName.parse(name);
        UrlSet.split(name);
    }
}
