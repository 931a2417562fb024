package io.millrace.delivery.exact;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.delivery.failure.MediaException;
import io.millrace.delivery.packaging.SegmentFormat;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/// A recording that is served while it is still written.
class GrowingFileTest {
    @TempDir static Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-movflags +frag_keyframe+empty_moov+default_base_moof",
                "-movflags +empty_moov+default_base_moof -frag_duration 300000",
                "-movflags +frag_keyframe+empty_moov+separate_moof"
            })
    void segmentsThatWereWholeStayWhatTheyWere(String options) throws Exception {
        SourceClips clips = new SourceClips(folder);
        Path all = clips.remux("grown" + options.hashCode() + ".mp4", options);
        byte[] bytes = Files.readAllBytes(all);
        Map<String, byte[]> finished = segments(all);
        Random random = new Random(options.hashCode());
        int known = 0;
        int most = 0;
        for (int size = 500; size < bytes.length; size += 2_000 + random.nextInt(6_000)) {
            Path grown = folder.resolve("growing.mp4");
            Files.write(grown, Arrays.copyOf(bytes, size));
            Map<String, byte[]> now;
            try {
                now = segments(grown);
            } catch (MediaException nothingYet) {
                assertThat(most).as("a file that could be played still can").isZero();
                continue;
            }
            int count = now.size() / 2;
            assertThat(count).isGreaterThanOrEqualTo(most);
            most = count;
            for (Map.Entry<String, byte[]> segment : now.entrySet()) {
                // The last one may still get more.
                if (!segment.getKey().startsWith("seg-" + count + "-")) {
                    assertThat(segment.getValue())
                            .as(segment.getKey())
                            .isEqualTo(finished.get(segment.getKey()));
                    known++;
                }
            }
        }
        assertThat(known).isGreaterThan(3);
    }

    private static Map<String, byte[]> segments(Path file) throws Exception {
        ServedMedia served = new ServedMedia(folder, Duration.ofSeconds(1), file);
        Map<String, byte[]> segments = new LinkedHashMap<>();
        for (int k = 1; k <= served.clip.set.plan().count(); k++) {
            for (String name : new String[] {"seg-" + k + "-v1.ts", "seg-" + k + "-v1.m4s"}) {
                byte[] body = served.clip.fetch(name, SegmentFormat.TS);
                if (body != null) {
                    segments.put(name, body);
                }
            }
        }
        return segments;
    }
}
