package io.millrace.delivery.media;

import io.millrace.delivery.codec.CodecConfig;
import io.millrace.delivery.codec.aac.AacConfig;
import io.millrace.delivery.codec.avc.AvcConfig;
import io.millrace.delivery.codec.dolby.Ac3Config;
import io.millrace.delivery.codec.opus.OpusConfig;
import io.millrace.delivery.isobmff.SampleEntries;

import org.jspecify.annotations.Nullable;

import java.util.HexFormat;
import java.util.Random;

/// Tracks without media behind them, the same on every machine: what manifests are made of.
public final class SyntheticTracks {
    /// High at level 3.0.
    private static final byte[] AVC =
            HexFormat.of()
                    .parseHex(
                            "0164001effe1001a6764001eacd940d83de6f011000003000100000300300f162d96"
                                    + "01000668ebe3cb22c0");

    private static final byte[] AAC = HexFormat.of().parseHex("1190");

    private SyntheticTracks() {}

    /// 25 pictures a second, a key frame every two seconds, sizes that vary by a fixed seed.
    public static Track avc(int width, int height, int seconds, int bytesPerSample)
            throws Exception {
        AvcConfig codec = AvcConfig.parse(AVC);
        int count = 25 * seconds;
        int[] sync = new int[(count + 49) / 50];
        for (int i = 0; i < sync.length; i++) {
            sync[i] = 50 * i;
        }
        int[] sizes = sizes(count, bytesPerSample, width);
        for (int key : sync) {
            sizes[key] *= 5;
        }
        return track(
                TrackKind.VIDEO,
                codec,
                12_800,
                512,
                sizes,
                sync,
                "und",
                width,
                height,
                SampleEntries.avc(codec));
    }

    public static Track aac(String language, int seconds) throws Exception {
        AacConfig codec = AacConfig.parse(AAC);
        return track(
                TrackKind.AUDIO,
                codec,
                48_000,
                1024,
                sizes(seconds * 48_000 / 1024, 340, language.hashCode()),
                null,
                language,
                0,
                0,
                SampleEntries.aac(codec));
    }

    /// 5.1 at 384 kbit/s.
    public static Track ac3(String language, int seconds) {
        int[] sizes = new int[seconds * 48_000 / 1536];
        java.util.Arrays.fill(sizes, 1536);
        return track(
                TrackKind.AUDIO,
                new Ac3Config(48_000, 6),
                48_000,
                1536,
                sizes,
                null,
                language,
                0,
                0,
                new byte[0]);
    }

    public static Track opus(String language, int seconds) {
        return track(
                TrackKind.AUDIO,
                new OpusConfig(2, 312, 48_000),
                48_000,
                960,
                sizes(seconds * 50, 200, 9),
                null,
                language,
                0,
                0,
                new byte[0]);
    }

    private static int[] sizes(int count, int mean, int seed) {
        Random random = new Random(seed);
        int[] sizes = new int[count];
        for (int i = 0; i < count; i++) {
            sizes[i] = mean / 2 + random.nextInt(mean);
        }
        return sizes;
    }

    private static Track track(
            TrackKind kind,
            CodecConfig codec,
            int timescale,
            int delta,
            int[] sizes,
            int @Nullable [] sync,
            String language,
            int width,
            int height,
            byte[] sampleEntry) {
        SampleTable samples =
                new SampleTable(
                        sizes.length,
                        0,
                        sizes,
                        new int[] {0},
                        new long[] {0},
                        new int[] {delta},
                        null,
                        new long[] {1_000},
                        new int[] {0},
                        sync);
        return new Track(
                1,
                kind,
                1,
                codec,
                timescale,
                language,
                0,
                samples.endTime(),
                width,
                height,
                Rotation.NONE,
                sampleEntry,
                kind == TrackKind.VIDEO ? 4 : 0,
                false,
                samples);
    }

    /// The same track under another number.
    public static Track numbered(Track track, int number) {
        return new Track(
                number,
                track.kind(),
                number,
                track.codec(),
                track.timescale(),
                track.language(),
                track.presentationShift(),
                track.presentationEnd(),
                track.displayWidth(),
                track.displayHeight(),
                track.rotation(),
                track.sampleEntry(),
                track.nalLengthSize(),
                track.startsWithDelimiter(),
                track.samples());
    }
}
