package io.millrace.delivery.exact;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.delivery.packaging.SegmentFormat;
import io.millrace.delivery.testing.GoldenText;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/// Init segments and the first fragment of each codec, of small files that are kept, as text.
class BoxGoldenTest {
    private static final String CLIPS =
            "/io/millrace/delivery/isobmff/MediaIndexFuzzTestInputs/anyFile/";

    @TempDir static Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "avc-aac.mp4",
                "cmaf.mp4",
                "hevc-ac3.mp4",
                "av1-opus.mp4",
                "vp9-flac.mp4",
                "quicktime.mov",
                "eac3.mp4",
                "mp3.mov"
            })
    void boxesAreWhatTheyWere(String name) throws Exception {
        Path file = folder.resolve(name);
        try (InputStream in = BoxGoldenTest.class.getResourceAsStream(CLIPS + name)) {
            assertThat(in).isNotNull();
            Files.write(file, in.readAllBytes());
        }
        ServedMedia served = new ServedMedia(folder, Duration.ofSeconds(1), file);
        StringBuilder dump = new StringBuilder();
        for (String track : new String[] {"v1", "a1"}) {
            for (String part : new String[] {"init-%s.mp4", "seg-1-%s.m4s"}) {
                byte[] body = served.clip.fetch(part.formatted(track), SegmentFormat.FMP4);
                if (body != null) {
                    dump.append("# ").append(part.formatted(track)).append('\n');
                    dump.append(BoxDump.of(body));
                }
            }
        }
        GoldenText.check("boxes/" + name + ".txt", dump.toString());
    }
}
