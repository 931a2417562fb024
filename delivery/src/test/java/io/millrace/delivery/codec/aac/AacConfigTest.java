package io.millrace.delivery.codec.aac;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.delivery.failure.MalformedMediaException;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.HexFormat;

class AacConfigTest {
    @ParameterizedTest
    @CsvSource({
        // bytes, name, core type, core rate, rate, channels, fits ADTS
        "1210, mp4a.40.2, 2, 44100, 44100, 2, true",
        "1190, mp4a.40.2, 2, 48000, 48000, 2, true",
        "11b0, mp4a.40.2, 2, 48000, 48000, 6, true",
        "119056e500, mp4a.40.2, 2, 48000, 48000, 2, true",
        "2b920800, mp4a.40.5, 2, 22050, 44100, 2, true", // explicit SBR
        "eb8a0800, mp4a.40.29, 2, 22050, 44100, 2, true", // explicit PS over mono
        "139056e5a0, mp4a.40.5, 2, 22050, 44100, 2, true", // backward compatible SBR
    })
    void readsConfigurations(
            String hex, String codecs, int core, int coreRate, int rate, int channels, boolean adts)
            throws Exception {
        AacConfig config = AacConfig.parse(HexFormat.of().parseHex(hex));
        assertThat(config.codecs()).isEqualTo(codecs);
        assertThat(config.coreObjectType()).isEqualTo(core);
        assertThat(config.coreSampleRate()).isEqualTo(coreRate);
        assertThat(config.sampleRate()).isEqualTo(rate);
        assertThat(config.channels()).isEqualTo(channels);
        assertThat(config.fitsAdts()).isEqualTo(adts);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "12", "1690"})
    void refusesWhatIsNone(String hex) {
        assertThatThrownBy(() -> AacConfig.parse(HexFormat.of().parseHex(hex)))
                .isInstanceOf(MalformedMediaException.class);
    }
}
