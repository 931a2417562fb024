package io.millrace.delivery.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Names of requests and lists of files, whoever wrote them.
///
/// Replays kept inputs in every build; `JAZZER_FUZZ=1` looks for new ones.
class RequestNameFuzzTest {
    /// A name that is read, written again as we write it, means the same.
    @FuzzTest
    void anyName(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        MediaRequestName name = MediaRequestName.parse(text).orElse(null);
        if (name == null) {
            return;
        }
        assertThat(name.segment()).isNotNegative();
        assertThat(name.clip()).isNotNegative();
        assertThat(name.sequences()).hasSizeLessThanOrEqualTo(MediaRequestName.MAX_SEQUENCE);
        boolean mixed = !name.sequences().isEmpty() && !name.tracks().isUnsaid();
        if (mixed || !name.languages().isEmpty()) {
            return; // which we write nowhere
        }
        String written =
                MediaRequestName.write(
                        name.kind(),
                        name.segment(),
                        name.clip(),
                        name.sequences(),
                        name.tracks(),
                        name.version());
        if (written.length() <= 512) {
            assertThat(MediaRequestName.parse(written)).as(written).isEqualTo(Optional.of(name));
        }
    }

    @FuzzTest
    void anyTracks(byte[] bytes) {
        TrackFilter tracks =
                MediaRequestName.parseTracks(new String(bytes, StandardCharsets.UTF_8));
        if (tracks != null) {
            assertThat(tracks.isUnsaid()).isFalse();
        }
    }

    /// Against the grammar as it is told: text before the first comma, between two, after the last.
    @FuzzTest
    void anyList(byte[] bytes) {
        String path = new String(bytes, StandardCharsets.UTF_8);
        List<String> files = UrlSet.split(path).orElse(null);
        if (!path.endsWith(UrlSet.SUFFIX)) {
            assertThat(files).containsExactly(path);
            return;
        }
        String[] pieces = path.substring(0, path.length() - UrlSet.SUFFIX.length()).split(",", -1);
        if (pieces.length - 2 > UrlSet.MAX_FILES) {
            assertThat(files).isNull();
            return;
        }
        var expected = new ArrayList<String>();
        for (int i = 1; i < pieces.length - 1; i++) {
            expected.add(pieces[0] + pieces[i] + pieces[pieces.length - 1]);
        }
        if (expected.isEmpty()) {
            expected.add(String.join("", pieces));
        }
        assertThat(files).isEqualTo(expected);
    }
}
