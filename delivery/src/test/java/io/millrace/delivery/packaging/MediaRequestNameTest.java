package io.millrace.delivery.packaging;

import static io.millrace.delivery.packaging.MediaRequestName.Kind.DASH_MPD;
import static io.millrace.delivery.packaging.MediaRequestName.Kind.DASH_SEGMENT;
import static io.millrace.delivery.packaging.MediaRequestName.Kind.FMP4_INIT;
import static io.millrace.delivery.packaging.MediaRequestName.Kind.HLS_FMP4_SEGMENT;
import static io.millrace.delivery.packaging.MediaRequestName.Kind.HLS_MEDIA;
import static io.millrace.delivery.packaging.MediaRequestName.Kind.HLS_MULTIVARIANT;
import static io.millrace.delivery.packaging.MediaRequestName.Kind.TS_SEGMENT;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.delivery.packaging.MediaRequestName.Kind;
import io.millrace.delivery.packaging.MediaRequestName.Sequence;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.Random;

class MediaRequestNameTest {
    private static final TrackFilter V1A1 = TrackFilter.of(1, 1);

    @Test
    void readsTheGrammarsNames() {
        read("master.m3u8", HLS_MULTIVARIANT, 0, List.of(), TrackFilter.UNSAID, 0);
        read("index-v1-a1.m3u8", HLS_MEDIA, 0, List.of(), V1A1, 0);
        read(
                "index-f1-v1-a1.m3u8",
                HLS_MEDIA,
                0,
                List.of(new Sequence(1, "", V1A1)),
                TrackFilter.UNSAID,
                0);
        read(
                "seg-1-f1-v1-f2-a1.ts",
                TS_SEGMENT,
                1,
                List.of(
                        new Sequence(1, "", TrackFilter.of(1, 0)),
                        new Sequence(2, "", TrackFilter.of(0, 1))),
                TrackFilter.UNSAID,
                0);
        read("seg1v1a1.ts", TS_SEGMENT, 1, List.of(), V1A1, 0);
        read("seg-7-i3-v1.m4s", HLS_FMP4_SEGMENT, 10, List.of(), TrackFilter.of(1, 0), 0);
        read(
                "init-f1-v1-x3.mp4",
                FMP4_INIT,
                0,
                List.of(new Sequence(1, "", TrackFilter.of(1, 0))),
                TrackFilter.UNSAID,
                3);
        read("fragment-12-a2-x3.m4s", DASH_SEGMENT, 12, List.of(), TrackFilter.of(0, 2), 3);
        read("manifest.mpd", DASH_MPD, 0, List.of(), TrackFilter.UNSAID, 0);
        read("index-v0-a.m3u8", HLS_MEDIA, 0, List.of(), TrackFilter.ALL, 0);
        read(
                "index-sspanish-a1.m3u8",
                HLS_MEDIA,
                0,
                List.of(new Sequence(0, "spanish", TrackFilter.of(0, 1))),
                TrackFilter.UNSAID,
                0);
    }

    private static void read(
            String name,
            Kind kind,
            int segment,
            List<Sequence> sequences,
            TrackFilter tracks,
            int version) {
        assertThat(MediaRequestName.parse(name))
                .as(name)
                .contains(
                        new MediaRequestName(
                                kind, segment, 0, sequences, tracks, List.of(), version));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "master",
                "master.ts",
                "seg.ts",
                "seg-0.ts",
                "seg-.ts",
                "seg-1-z.ts",
                "seg-99999999999.ts",
                "seg-1-f0.ts",
                "seg-1-f33.ts",
                "index-v65.m3u8",
                "index-v1-f1-c.m3u8",
                "index-v1--a1.m3u8",
                "index-f.m3u8",
                "index-x.m3u8",
                "seg-1-len.ts",
                "index-v1-a1.m3u8.",
                "other.m3u8",
                "seg--1.ts"
            })
    void refusesTheRest(String name) {
        assertThat(MediaRequestName.parse(name)).isEmpty();
    }

    @Test
    void readsWhatItWrites() {
        Random random = new Random(7);
        for (int i = 0; i < 5_000; i++) {
            Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
            boolean numbered =
                    switch (kind) {
                        case TS_SEGMENT,
                                HLS_FMP4_SEGMENT,
                                VTT_SEGMENT,
                                DASH_SEGMENT,
                                DASH_TTML,
                                KEY_FRAME ->
                                true;
                        default -> false;
                    };
            int segment = numbered ? 1 + random.nextInt(100_000) : 0;
            List<Sequence> sequences =
                    random.nextBoolean()
                            ? List.of()
                            : List.of(
                                    new Sequence(1 + random.nextInt(32), "", filter(random)),
                                    new Sequence(1 + random.nextInt(32), "", filter(random)));
            TrackFilter tracks = sequences.isEmpty() ? filter(random) : TrackFilter.UNSAID;
            int version = random.nextInt(4);
            String name = MediaRequestName.write(kind, segment, sequences, tracks, version);
            read(name, kind, segment, sequences, tracks, version);
        }
    }

    private static TrackFilter filter(Random random) {
        return TrackFilter.of(random.nextInt(65), random.nextInt(65));
    }
}
