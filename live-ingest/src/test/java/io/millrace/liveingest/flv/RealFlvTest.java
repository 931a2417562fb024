package io.millrace.liveingest.flv;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.delivery.codec.ColorInfo;
import io.millrace.delivery.media.TrackKind;
import io.millrace.liveingest.FfmpegProcess;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The tag bodies that the bundled ffmpeg writes, in every codec it knows for FLV.
class RealFlvTest {
    private static final int FRAMES = 12;

    @TempDir static Path folder;

    /// Of each track, "video 0 AVC" or the like: how many configurations and frames.
    private static final class Counts implements FlvTrackSink {
        final Map<String, Integer> configs = new TreeMap<>();
        final Map<String, Integer> frames = new TreeMap<>();
        final List<String> unsupported = new ArrayList<>();
        final List<ColorInfo> colors = new ArrayList<>();
        final List<ChannelLayout> layouts = new ArrayList<>();
        TrackKind kind = TrackKind.VIDEO;

        @Override
        public void body(int trackId, int nanosecondOffset, FlvBody body) {
            switch (body) {
                case FlvBody.Config(FlvCodec codec, _) ->
                        configs.merge(name(trackId, codec), 1, Integer::sum);
                case FlvBody.Frame(FlvCodec codec, _, _, _) -> {
                    assertThat(configs.containsKey(name(trackId, codec)) || needsNone(codec))
                            .isTrue();
                    frames.merge(name(trackId, codec), 1, Integer::sum);
                }
                case FlvBody.End _, FlvBody.Nothing _ -> {}
                case FlvBody.Unsupported(String what) -> unsupported.add(what);
            }
        }

        private static boolean needsNone(FlvCodec codec) {
            return switch (codec) {
                case MP3, AC3, EAC3, VP8 -> true;
                default -> false;
            };
        }

        private String name(int trackId, FlvCodec codec) {
            return (kind == TrackKind.VIDEO ? "video " : "audio ") + trackId + " " + codec;
        }

        @Override
        public void colorInfo(int trackId, FlvCodec codec, ByteBuf amf) {
            try {
                colors.add(VideoColorInfo.read(amf).color());
            } catch (FlvException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public void channels(int trackId, FlvCodec codec, ChannelLayout layout) {
            layouts.add(layout);
        }
    }

    private record Tag(TrackKind kind, byte[] body) {}

    private static List<Tag> make(String... arguments) throws IOException, InterruptedException {
        Path file = Files.createTempFile(folder, "real", ".flv");
        List<String> all =
                new ArrayList<>(
                        List.of(
                                "-y",
                                "-f",
                                "lavfi",
                                "-i",
                                "testsrc=size=160x90:rate=25",
                                "-f",
                                "lavfi",
                                "-i",
                                "sine=sample_rate=48000"));
        all.addAll(Arrays.asList(arguments));
        all.addAll(List.of("-t", "0.48", "-threads", "1", "-f", "flv", file.toString()));
        try (var ffmpeg = FfmpegProcess.ffmpeg(folder, all.toArray(String[]::new))) {
            assertThat(ffmpeg.await(60)).as(ffmpeg.output()).isZero();
        }
        ByteBuf in = Unpooled.wrappedBuffer(Files.readAllBytes(file)).skipBytes(13);
        List<Tag> tags = new ArrayList<>();
        while (in.isReadable()) {
            int type = in.readByte();
            byte[] body = new byte[in.readUnsignedMedium()];
            in.skipBytes(7).readBytes(body).skipBytes(4);
            if (type != 18) {
                tags.add(new Tag(type == 9 ? TrackKind.VIDEO : TrackKind.AUDIO, body));
            }
        }
        return tags;
    }

    private static Counts read(List<Tag> tags) throws FlvException {
        var counts = new Counts();
        for (Tag tag : tags) {
            read(tag, Unpooled.wrappedBuffer(tag.body()), counts);
        }
        assertThat(counts.unsupported).isEmpty();
        return counts;
    }

    private static void read(Tag tag, ByteBuf body, Counts counts) throws FlvException {
        counts.kind = tag.kind();
        if (tag.kind() == TrackKind.VIDEO) {
            FlvVideoBody.read(body, counts);
        } else {
            FlvAudioBody.read(body, counts);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "libx264, AVC",
        "libx265, HEVC",
        "libvpx-vp9, VP9",
        "libaom-av1, AV1",
    })
    void readsVideo(String encoder, FlvCodec codec) throws Exception {
        Counts counts =
                read(make("-map", "0:v", "-c:v", encoder, "-cpu-used", "8", "-pix_fmt", "yuv420p"));
        String name = "video 0 " + codec;
        assertThat(counts.configs).containsOnlyKeys(name);
        assertThat(counts.frames).containsExactly(Map.entry(name, FRAMES));
    }

    @ParameterizedTest
    @CsvSource({
        "aac, AAC",
        "libmp3lame, MP3",
        "libopus, OPUS",
        "flac, FLAC",
        "ac3, AC3",
        "eac3, EAC3",
    })
    void readsAudio(String encoder, FlvCodec codec) throws Exception {
        Counts counts = read(make("-map", "1:a", "-c:a", encoder));
        assertThat(counts.frames).containsOnlyKeys("audio 0 " + codec);
        assertThat(counts.frames.values().iterator().next()).isBetween(5, 30);
    }

    @Test
    void readsColorsAndChannels() throws Exception {
        Counts counts =
                read(
                        make(
                                "-map",
                                "0:v",
                                "-map",
                                "1:a",
                                "-ac",
                                "6",
                                "-c:a",
                                "aac",
                                "-c:v",
                                "libx265",
                                "-pix_fmt",
                                "yuv420p10le",
                                "-vf",
                                "setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc"));
        assertThat(counts.colors).contains(new ColorInfo(9, 16, 9, false));
        assertThat(counts.layouts).containsExactly(new ChannelLayout(6, 0x3F, List.of()));
    }

    @Test
    void readsSeveralTracksAndTakesThemApart() throws Exception {
        List<Tag> tags =
                make(
                        "-map",
                        "0:v",
                        "-map",
                        "0:v",
                        "-map",
                        "0:v",
                        "-map",
                        "1:a",
                        "-map",
                        "1:a",
                        "-c:v:0",
                        "libx264",
                        "-c:v:1",
                        "libx265",
                        "-c:v:2",
                        "libvpx-vp9",
                        "-c:a:0",
                        "aac",
                        "-c:a:1",
                        "libopus",
                        "-pix_fmt",
                        "yuv420p");
        Counts whole = read(tags);
        assertThat(whole.frames)
                .containsOnlyKeys(
                        "video 0 AVC", "video 1 HEVC", "video 2 VP9", "audio 0 AAC", "audio 1 OPUS")
                .containsEntry("video 0 AVC", FRAMES)
                .containsEntry("video 1 HEVC", FRAMES)
                .containsEntry("video 2 VP9", FRAMES);

        var apart = new TreeMap<Integer, Counts>();
        for (Tag tag : tags) {
            ByteBuf body = Unpooled.wrappedBuffer(tag.body());
            if (MultitrackMessage.is(tag.kind(), body)) {
                MultitrackMessage.split(
                        tag.kind(),
                        body,
                        body.alloc(),
                        (trackId, one) -> {
                            try {
                                read(tag, one, apart.computeIfAbsent(trackId, _ -> new Counts()));
                            } catch (FlvException e) {
                                throw new AssertionError(e);
                            } finally {
                                one.release();
                            }
                        });
            }
        }
        assertThat(apart).containsOnlyKeys(1, 2);
        Counts first = apart.getOrDefault(1, new Counts());
        assertThat(first.frames)
                .containsOnlyKeys("video 0 HEVC", "audio 0 OPUS")
                .containsEntry("video 0 HEVC", FRAMES);
        Counts second = apart.getOrDefault(2, new Counts());
        assertThat(second.frames).containsExactly(Map.entry("video 0 VP9", FRAMES));
    }

    /// What OBS before 29.1 and some cameras do; and H.264 stays what it is.
    @ParameterizedTest
    @CsvSource({"libx265, HEVC", "libx264, AVC"})
    void tellsHevcThatIsSentAsAvc(String encoder, FlvCodec codec) throws Exception {
        var counts = new Counts();
        for (Tag tag : make("-map", "0:v", "-c:v", encoder, "-pix_fmt", "yuv420p", "-bf", "2")) {
            FlvBody body = FlvVideoBody.read(Unpooled.wrappedBuffer(tag.body()));
            ByteBuf asAvc = Unpooled.buffer();
            switch (body) {
                case FlvBody.Config(_, ByteBuf record) ->
                        FlvBodyWriter.write(new FlvBody.Config(FlvCodec.AVC, record), asAvc);
                case FlvBody.Frame(_, boolean key, int composition, ByteBuf data) ->
                        FlvBodyWriter.write(
                                new FlvBody.Frame(FlvCodec.AVC, key, composition, data), asAvc);
                default -> {}
            }
            read(tag, asAvc, counts);
        }
        String name = "video 0 " + codec;
        assertThat(counts.configs).containsOnlyKeys(name);
        assertThat(counts.frames).containsExactly(Map.entry(name, FRAMES));
    }
}
