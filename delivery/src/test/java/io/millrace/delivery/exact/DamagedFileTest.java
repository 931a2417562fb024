package io.millrace.delivery.exact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.millrace.delivery.failure.MalformedMediaException;
import io.millrace.delivery.failure.MediaException;
import io.millrace.delivery.failure.UnsupportedMediaException;
import io.millrace.delivery.isobmff.MediaIndexReader;
import io.millrace.delivery.media.BytesBlobReader;
import io.millrace.delivery.packaging.PackagedClip;
import io.millrace.delivery.packaging.SegmentFormat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.zip.DeflaterOutputStream;

/// Files that lie: each lie has one outcome, and the words of it. HTTP makes 422 of both kinds of
/// {@link MediaException}.
class DamagedFileTest {
    private static final String TABLE = "moov/trak/mdia/minf/stbl/";

    @TempDir static Path folder;
    private static SourceClips clips;
    private static byte[] base = {};

    @BeforeAll
    static void makeBase() throws Exception {
        clips = new SourceClips(folder);
        base = Files.readAllBytes(clips.base());
    }

    /// @param error null where the file is served all the same
    private record Lie(
            String name,
            @Nullable Class<? extends MediaException> error,
            String words,
            SourceClips.Edit edit) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Lie malformed(String name, String words, SourceClips.Edit edit) {
        return new Lie(name, MalformedMediaException.class, words, edit);
    }

    private static Lie unsupported(String name, String words, SourceClips.Edit edit) {
        return new Lie(name, UnsupportedMediaException.class, words, edit);
    }

    private static Lie served(String name, SourceClips.Edit edit) {
        return new Lie(name, null, "", edit);
    }

    private static SourceClips.Edit word(String path, int at, int value) {
        return file ->
                file.change(
                        path,
                        body -> {
                            ByteBuffer.wrap(body).putInt(at, value);
                            return body;
                        });
    }

    private static SourceClips.Edit entryType(String from, String to) {
        return file -> {
            byte[] stsd = file.at(TABLE + "stsd").body;
            for (int i = 0; i + 4 <= stsd.length; i++) {
                if (new String(stsd, i, 4, "ISO-8859-1").equals(from)) {
                    System.arraycopy(to.getBytes("ISO-8859-1"), 0, stsd, i, 4);
                }
            }
        };
    }

    static List<Arguments> lies() {
        return List.of(
                        malformed("no moov", "moov at byte", file -> file.replace("moov", null)),
                        malformed("no mvhd", "no mvhd box", f -> f.replace("moov/mvhd", null)),
                        malformed("zero movie timescale", "mvhd", word("moov/mvhd", 12, 0)),
                        malformed(
                                "zero timescale",
                                "timescale 0 (expected: 1..2^31-1)",
                                word("moov/trak/mdia/mdhd", 12, 0)),
                        malformed("track 0", "track_ID 0", word("moov/trak/tkhd", 12, 0)),
                        malformed("one track_ID twice", "twice", word("moov/trak/tkhd", 12, 2)),
                        malformed("no stts", "no stts box", f -> f.replace(TABLE + "stts", null)),
                        malformed("2^32 sizes", "4294967295 entries", word(TABLE + "stsz", 8, -1)),
                        malformed(
                                "2^32 equal sizes",
                                "4294967295 samples in a file of",
                                f -> f.change(TABLE + "stsz", _ -> Mp4Edit.words(0, 100, -1))),
                        malformed("2^32 times", "4294967295 entries", word(TABLE + "stts", 4, -1)),
                        malformed("2^32 chunks", "4294967295 entries", word(TABLE + "stco", 4, -1)),
                        malformed(
                                "2^32 sync samples",
                                "4294967295 entries",
                                word(TABLE + "stss", 4, -1)),
                        malformed(
                                "a sample of 3 GB",
                                "sample of 3000000000 bytes",
                                word(TABLE + "stsz", 12, (int) 3_000_000_000L)),
                        malformed(
                                "chunks out of order",
                                "first chunk",
                                f ->
                                        f.change(
                                                TABLE + "stsc",
                                                _ -> Mp4Edit.words(0, 2, 5, 1, 1, 2, 1, 1))),
                        malformed(
                                "chunks without samples",
                                "with 0 samples",
                                f -> f.change(TABLE + "stsc", _ -> Mp4Edit.words(0, 1, 1, 0, 1))),
                        served(
                                "pictures that last for months",
                                word(TABLE + "stts", 12, Integer.MAX_VALUE)),
                        malformed(
                                "a description that is not there",
                                "sample description 7 of 1",
                                f -> f.change(TABLE + "stsc", _ -> Mp4Edit.words(0, 1, 1, 1, 7))),
                        malformed("no configuration", "no avcC", entryType("avcC", "xxxx")),
                        unsupported(
                                "an encrypted picture",
                                "encrypted",
                                both(entryType("avc1", "encv"))),
                        unsupported(
                                "a codec nobody knows",
                                "'zzzz' is not served",
                                both(entryType("avc1", "zzzz"))),
                        unsupported("no track", "no audio or video", DamagedFileTest::noTracks),
                        unsupported(
                                "65 tracks", "more than 64 tracks", DamagedFileTest::manyTracks),
                        served(
                                "boxes in boxes, where nobody looks",
                                f -> f.replace("moov/trak/edts", nested(40))),
                        malformed(
                                "a compressed moov that is not",
                                "not deflated",
                                f -> compress(f, new byte[] {1, 2, 3, 4}, 500)),
                        malformed(
                                "a compressed moov that cannot be so large",
                                "deflated ones",
                                f -> compress(f, new byte[] {1, 2, 3, 4}, 60 << 20)),
                        unsupported(
                                "a compressed moov past the limit",
                                "expected: at most 67108864",
                                f -> compress(f, new byte[] {1, 2, 3, 4}, -1)),
                        served(
                                "a compressed moov",
                                f -> {
                                    Mp4Edit moov = f.at("moov");
                                    ByteArrayOutputStream deflated = new ByteArrayOutputStream();
                                    try (var out = new DeflaterOutputStream(deflated)) {
                                        out.write(moov.bytes());
                                    }
                                    compress(f, deflated.toByteArray(), moov.size());
                                }),
                        served("fewer times than sizes", word(TABLE + "stts", 8, 40)),
                        served("more times than sizes", word(TABLE + "stts", 8, 4_000)),
                        served("sync samples past the end", word(TABLE + "stss", 12, 5_000)),
                        served("nothing known about it", file -> file.replace("moov/udta", null)))
                .stream()
                .map(Arguments::of)
                .toList();
    }

    private static SourceClips.Edit both(SourceClips.Edit edit) {
        return file -> {
            edit.apply(file);
            if (file.find("moov/trak[1]") != null) {
                file.replace("moov/trak[1]", null);
            }
        };
    }

    private static void noTracks(Mp4Edit file) {
        file.replace("moov/trak[1]", null);
        file.replace("moov/trak", null);
    }

    private static void manyTracks(Mp4Edit file) {
        byte[] track = file.at("moov/trak").bytes();
        for (int i = 0; i < 64; i++) {
            Mp4Edit copy = Mp4Edit.of(track).at("trak");
            ByteBuffer.wrap(copy.at("tkhd").body).putInt(12, 100 + i);
            file.at("moov").children().add(copy);
        }
    }

    private static Mp4Edit nested(int depth) {
        byte[] body = {};
        for (int i = 0; i < depth; i++) {
            body = new Mp4Edit("edts", body).bytes();
        }
        return new Mp4Edit("edts", body);
    }

    private static void compress(Mp4Edit file, byte[] deflated, int size) {
        ByteBuffer out = ByteBuffer.allocate(8 + 12 + 12 + deflated.length);
        out.putInt(out.capacity()).put("cmov".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        out.putInt(12).put("dcomzlib".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        out.putInt(12 + deflated.length)
                .put("cmvd".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        out.putInt(size).put(deflated);
        file.replace("moov", new Mp4Edit("moov", out.array()));
    }

    @ParameterizedTest
    @MethodSource("lies")
    void eachLieHasOneOutcome(Lie lie) throws Exception {
        Mp4Edit file = Mp4Edit.of(base.clone());
        lie.edit().apply(file);
        byte[] bytes = file.bytes();
        if (lie.error() == null) {
            assertThat(MediaIndexReader.read(new BytesBlobReader(bytes)).tracks()).isNotEmpty();
        } else {
            assertThatCode(() -> MediaIndexReader.read(new BytesBlobReader(bytes)))
                    .isExactlyInstanceOf(lie.error())
                    .hasMessageContaining(lie.words());
        }
    }

    /// A truncated upload whose index is in front: what is there plays, and the first segment that
    /// is not fails alone.
    @Test
    void samplesPastTheEndFailTheirSegmentsAlone() throws Exception {
        Path whole = clips.remux("whole.mp4", "-movflags +faststart");
        byte[] bytes = Files.readAllBytes(whole);
        Path half = folder.resolve("half.mp4");
        Files.write(half, Arrays.copyOf(bytes, bytes.length / 2));
        PackagedClip clip = new PackagedClip(Duration.ofSeconds(1), half);
        for (String extension : List.of("ts", "m4s")) {
            assertThat(clip.fetch("seg-1-v1-a1." + extension, SegmentFormat.TS)).isNotNull();
            assertThatCode(() -> clip.fetch("seg-3-v1-a1." + extension, SegmentFormat.TS))
                    .isInstanceOf(MalformedMediaException.class)
                    .hasMessageContaining("is truncated: a sample of segment 3");
        }
        assertThat(clip.text("index-v1-a1.m3u8", SegmentFormat.TS)).contains("seg-3-v1-a1.ts");
    }

    @Test
    void aCodecThatChangesInsideATrackIsRefused() throws Exception {
        Mp4Edit file = Mp4Edit.of(base.clone());
        byte[] stsd = file.at(TABLE + "stsd").body;
        byte[] entry = Arrays.copyOfRange(stsd, 8, stsd.length);
        ByteBuffer two = ByteBuffer.allocate(8 + 2 * entry.length);
        two.putInt(0).putInt(2).put(entry).put(entry);
        // The same entry twice is no change.
        file.change(TABLE + "stsd", _ -> two.array());
        file.change(TABLE + "stsc", _ -> Mp4Edit.words(0, 2, 1, 1, 1, 3, 1, 2));
        assertThat(MediaIndexReader.read(new BytesBlobReader(file.bytes())).tracks()).hasSize(2);
        // Another one is: the audio still plays.
        two.put(8 + 2 * entry.length - 1, (byte) (entry[entry.length - 1] + 1));
        byte[] changed = file.bytes();
        assertThat(MediaIndexReader.read(new BytesBlobReader(changed)).firstVideo()).isNull();
        file.replace("moov/trak[1]", null);
        byte[] alone = file.bytes();
        assertThatCode(() -> MediaIndexReader.read(new BytesBlobReader(alone)))
                .isInstanceOf(UnsupportedMediaException.class)
                .hasMessageContaining("changes its codec or configuration");
    }
}
