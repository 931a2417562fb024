package io.millrace.delivery.drm;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.delivery.media.TestClips;
import io.millrace.delivery.packaging.PackagedClip;
import io.millrace.delivery.packaging.SegmentFormat;
import io.millrace.delivery.testing.Ffmpeg;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;

/// Real clips encrypted in every way and decrypted by ffmpeg, an implementation that is not ours:
/// pictures and sound are those of the source.
class EncryptedMediaTest {
    private static final String KEY = "00112233445566778899aabbccddeeff";
    private static final UUID KEY_ID = UUID.fromString("10000000-2000-4000-8000-300000000000");
    private static final byte[] IV = HexFormat.of().parseHex("f0e0d0c0b0a090807060504030201000");
    private static final Duration SEGMENT = Duration.ofSeconds(3);

    @TempDir static Path folder;
    private static Path clip;

    @BeforeAll
    static void makeClip() throws Exception {

        clip = TestClips.bFramesAndAac(folder, "320x240");
    }

    private static Protection protection(EncryptionScheme scheme, byte @Nullable [] iv) {
        return Protection.of(
                scheme,
                new ContentKey(KEY_ID, HexFormat.of().parseHex(KEY), iv),
                true,
                "version 1");
    }

    @ParameterizedTest
    @CsvSource({"TS,false", "TS,true", "FMP4,false", "FMP4,true"})
    void wholeSegmentsDecryptToTheSource(SegmentFormat format, boolean givenIv) throws Exception {
        PackagedClip packaged =
                new PackagedClip(SEGMENT, clip)
                        .protectedBy(protection(EncryptionScheme.AES_128, givenIv ? IV : null));
        Path playlist =
                packaged.writeHls(
                        folder.resolve("aes" + format + givenIv), "index-v1-a1.m3u8", format);
        sameAsSource(List.of("-allowed_extensions", "ALL", "-i", playlist.toString()));
    }

    /// ffmpeg leaves what it still holds when the last segment ends encrypted: it looks for the key
    /// of the segment after it. So the last pictures and frames are not compared.
    @Test
    void sampleAesInMpegTsDecryptsToTheSource() throws Exception {
        PackagedClip packaged =
                new PackagedClip(SEGMENT, clip)
                        .protectedBy(protection(EncryptionScheme.SAMPLE_AES, IV));
        Path playlist =
                packaged.writeHls(folder.resolve("sample"), "index-v1-a1.m3u8", SegmentFormat.TS);
        List<String> input = List.of("-allowed_extensions", "ALL", "-i", playlist.toString());
        assertThat(startOf(pictures(input), 4)).isEqualTo(startOf(pictures(source()), 4));
        assertThat(startOf(sound(input), 16)).isEqualTo(startOf(sound(source()), 16));
    }

    @Test
    void sampleAesInMpegTsHidesPicturesAndSound() throws Exception {
        PackagedClip packaged =
                new PackagedClip(SEGMENT, clip)
                        .protectedBy(protection(EncryptionScheme.SAMPLE_AES, IV));
        PackagedClip clear = new PackagedClip(SEGMENT, clip);
        for (String name : List.of("seg-2-v1-a1.ts", "seg-2-v1.ts", "seg-2-a1.ts")) {
            byte[] encrypted = packaged.fetch(name, SegmentFormat.TS);
            byte[] plain = clear.fetch(name, SegmentFormat.TS);
            assertThat(encrypted).isNotNull().hasSameSizeAs(plain).isNotEqualTo(plain);
        }
    }

    @ParameterizedTest
    @CsvSource({"CENC,v1", "CENC,a1", "CENC,v1-a1", "CBCS,v1", "CBCS,a1", "CBCS,v1-a1"})
    void commonEncryptionDecryptsToTheSource(EncryptionScheme scheme, String tracks)
            throws Exception {
        List<String> input = decrypted(clip, scheme, tracks);
        if (tracks.contains("v")) {
            assertThat(pictures(input)).isEqualTo(pictures(source()));
        }
        if (tracks.contains("a")) {
            assertThat(sound(input)).isEqualTo(sound(source()));
        }
    }

    @ParameterizedTest
    @CsvSource({"libx265,CENC", "libx265,CBCS", "libvpx-vp9,CENC", "libaom-av1 -cpu-used 8,CBCS"})
    void otherCodecsDecryptToTheSource(String encoder, EncryptionScheme scheme) throws Exception {
        Path file = folder.resolve(encoder + ".mp4");
        if (!Files.exists(file)) {
            TestClips.make(
                    file,
                    "-f lavfi -i testsrc2=size=320x180:rate=25:duration=4",
                    "-c:v " + encoder + " -g 25 -pix_fmt yuv420p -b:v 300k");
        }
        assertThat(pictures(decrypted(file, scheme, "v1")))
                .isEqualTo(pictures(List.of("-i", file.toString())));
    }

    @ParameterizedTest
    @CsvSource({"TS,CENC", "TS,AES_128"})
    void whatASchemeHasNoFormForIsNotFound(SegmentFormat format, EncryptionScheme scheme)
            throws Exception {
        PackagedClip packaged = new PackagedClip(SEGMENT, clip).protectedBy(protection(scheme, IV));
        if (scheme == EncryptionScheme.CENC) {
            assertThat(packaged.fetch("seg-1-v1-a1.ts", format)).isNull();
            assertThat(packaged.fetch("master.m3u8", format)).isNull();
            assertThat(packaged.fetch("index.m3u8", format)).isNull();
        } else {
            assertThat(packaged.fetch("manifest.mpd", format)).isNull();
            assertThat(packaged.fetch("fragment-1-v1-x3.m4s", format)).isNull();
        }
    }

    private static List<String> decrypted(Path file, EncryptionScheme scheme, String tracks)
            throws Exception {
        PackagedClip packaged = new PackagedClip(SEGMENT, file).protectedBy(protection(scheme, IV));
        Path whole = folder.resolve(scheme + tracks + file.getFileName());
        var bytes = new ByteArrayOutputStream();
        bytes.writeBytes(packaged.fetch("init-" + tracks + ".mp4", SegmentFormat.FMP4));
        for (int k = 1; k <= packaged.set.plan().count(); k++) {
            bytes.writeBytes(
                    packaged.fetch("seg-" + k + "-" + tracks + ".m4s", SegmentFormat.FMP4));
        }
        Files.write(whole, bytes.toByteArray());
        return List.of("-decryption_key", KEY, "-i", whole.toString());
    }

    private static void sameAsSource(List<String> input) throws Exception {
        assertThat(pictures(input)).isEqualTo(pictures(source()));
        assertThat(sound(input)).isEqualTo(sound(source()));
    }

    private static List<String> source() {
        return List.of("-i", clip.toString());
    }

    /// All but the last hashes, in few words.
    private static String startOf(List<String> hashes, int tail) {
        List<String> start = hashes.subList(0, Math.max(0, hashes.size() - tail));
        return start.size() + " with hash " + start.hashCode();
    }

    private static List<String> pictures(List<String> input) throws Exception {
        return hashes(input, "v", List.of());
    }

    /// Packets of sound: what is decoded depends on what a player does with priming.
    private static List<String> sound(List<String> input) throws Exception {
        // From MPEG-TS the packets still have their ADTS headers.
        boolean ts = input.getLast().matches(".*/(aesTS|sample)[^/]*/[^/]*");
        return hashes(
                input,
                "a",
                ts ? List.of("-c", "copy", "-bsf:a", "aac_adtstoasc") : List.of("-c", "copy"));
    }

    private static List<String> hashes(List<String> input, String kind, List<String> options)
            throws Exception {
        var arguments = new ArrayList<>(List.of("-v", "fatal"));
        arguments.addAll(input);
        arguments.addAll(List.of("-map", "0:" + kind + ":0", "-fps_mode", "passthrough"));
        arguments.addAll(options);
        arguments.addAll(List.of("-f", "framemd5", "-"));
        List<String> hashes = new ArrayList<>();
        for (String line : Ffmpeg.run(arguments).text().split("\n")) {
            if (line.startsWith("0,")) {
                hashes.add(line.split(",")[5].strip().substring(0, 8));
            }
        }
        assertThat(hashes).isNotEmpty();
        return hashes;
    }
}
