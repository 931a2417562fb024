package io.millrace.delivery.isobmff;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.millrace.delivery.codec.aac.AacConfig;
import io.millrace.delivery.codec.av1.Av1Config;
import io.millrace.delivery.codec.avc.AvcConfig;
import io.millrace.delivery.codec.avc.AvcSequenceParameterSet;
import io.millrace.delivery.codec.dolby.Ac3Config;
import io.millrace.delivery.codec.dolby.Eac3Config;
import io.millrace.delivery.codec.flac.FlacConfig;
import io.millrace.delivery.codec.hevc.HevcConfig;
import io.millrace.delivery.codec.hevc.HevcSequenceParameterSet;
import io.millrace.delivery.codec.opus.OpusConfig;
import io.millrace.delivery.codec.vp9.Vp9Config;
import io.millrace.delivery.failure.MediaException;
import io.millrace.delivery.webvtt.SubtitleReader;
import io.millrace.delivery.webvtt.WebVttWriter;

import java.io.IOException;
import java.util.Arrays;

/// Replays kept inputs in every build; `JAZZER_FUZZ=1` looks for new ones.
class MediaIndexFuzzTest {
    private interface Parser {
        Object parse(byte[] bytes) throws MediaException;
    }

    private static final Parser[] PARSERS = {
        AvcConfig::parse,
        AvcSequenceParameterSet::parse,
        bytes -> HevcConfig.parse("hvc1", bytes),
        HevcSequenceParameterSet::parse,
        Av1Config::parse,
        Vp9Config::parse,
        AacConfig::parse,
        bytes -> Ac3Config.parse(bytes, 48_000),
        bytes -> Eac3Config.parse(bytes, 48_000),
        OpusConfig::parse,
        FlacConfig::parse,
    };

    @FuzzTest
    void anyFile(byte[] bytes) throws IOException {
        MediaIndexReaderTest.play(bytes);
    }

    /// The first byte chooses the codec.
    @FuzzTest
    void anyCodecConfiguration(byte[] bytes) {
        if (bytes.length > 0) {
            try {
                byte[] record = Arrays.copyOfRange(bytes, 1, bytes.length);
                Object parsed = PARSERS[(bytes[0] & 0xFF) % PARSERS.length].parse(record);
                assertThat(parsed).isNotNull();
            } catch (MediaException e) {
                assertThat(e.getMessage()).isNotBlank();
            }
        }
    }

    @FuzzTest
    void anySubtitles(byte[] bytes) {
        try {
            WebVttWriter.whole(SubtitleReader.read(bytes));
        } catch (MediaException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }
}
