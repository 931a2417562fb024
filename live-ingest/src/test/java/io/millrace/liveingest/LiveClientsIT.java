package io.millrace.liveingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// ffmpeg plays a live stream in every form, while it is published: each picture that was sent
/// comes out as it was.
class LiveClientsIT {
    private static final int SECONDS = 8;

    @TempDir Path folder;
    private String lastMaster = "";
    private long soundFrames;

    private Path source(String arguments) throws Exception {
        Path file = folder.resolve("source.flv");
        List<String> all =
                new ArrayList<>(
                        List.of(
                                ("-loglevel error -f lavfi -i testsrc2=size=320x180:rate=25 -f lavfi"
                                                + " -i sine=frequency=440:sample_rate=48000 -t "
                                                + SECONDS
                                                + " -pix_fmt yuv420p "
                                                + arguments)
                                        .split(" ")));
        all.add(file.toString());
        try (var encoder = FfmpegProcess.ffmpeg(folder, all.toArray(String[]::new))) {
            assertThat(encoder.await(60)).as(encoder.output()).isZero();
        }
        return file;
    }

    /// The decoded pictures by their MD5, in order.
    private List<String> pictures(Path list) throws IOException {
        List<String> pictures = new ArrayList<>();
        for (String line : Files.readAllLines(list)) {
            if (line.startsWith("0,")) {
                pictures.add(line.substring(line.lastIndexOf(',') + 1).strip());
            }
        }
        return pictures;
    }

    private FfmpegProcess decode(String url, Path list, String... before) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("-loglevel", "error"));
        arguments.addAll(Arrays.asList(before));
        arguments.addAll(
                List.of(
                        "-i",
                        url,
                        "-map",
                        "0:v:0",
                        "-fps_mode",
                        "passthrough",
                        "-f",
                        "framemd5",
                        list.toString()));
        return FfmpegProcess.ffmpeg(folder, arguments.toArray(String[]::new));
    }

    private void playsEverywhere(String entry, Path source, String... forms) throws Exception {
        Path expected = folder.resolve("expected.txt");
        try (var decoder = decode(source.toString(), expected)) {
            assertThat(decoder.await(60)).isZero();
        }
        try (var server = new LiveServer(folder.resolve("blobs"));
                var publisher =
                        FfmpegProcess.ffmpeg(
                                folder,
                                "-loglevel",
                                "error",
                                "-re",
                                "-i",
                                source.toString(),
                                "-c",
                                "copy",
                                "-f",
                                "flv",
                                server.publishUrl(entry, "secret"))) {
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> server.events.contains("playable " + entry));
            List<FfmpegProcess> players = new ArrayList<>();
            try {
                for (String form : forms) {
                    players.add(
                            decode(
                                    server.playUrl(entry, form),
                                    folder.resolve(form + ".txt"),
                                    form.endsWith(".mpd")
                                            ? new String[0]
                                            : new String[] {"-live_start_index", "0"}));
                }
                assertThat(publisher.await(60)).as(publisher.output()).isZero();
                for (int i = 0; i < forms.length; i++) {
                    assertThat(players.get(i).await(60)).as(forms[i]).isZero();
                    if (!forms[i].endsWith(".mpd")) { // where it does not know of an end
                        assertThat(players.get(i).output()).as(forms[i]).isEmpty();
                    }
                    List<String> played = pictures(folder.resolve(forms[i] + ".txt"));
                    List<String> all = pictures(expected);
                    assertThat(played).as(forms[i]).hasSizeGreaterThan(100);
                    assertThat(all.subList(all.size() - played.size(), all.size()))
                            .as(forms[i])
                            .isEqualTo(played);
                }
            } finally {
                players.forEach(FfmpegProcess::close);
            }
            lastMaster = server.get(entry, "master.m3u8").body();
            try (var sound =
                    FfmpegProcess.ffprobe(
                            folder,
                            "-select_streams",
                            "a:0",
                            "-count_frames",
                            "-show_entries",
                            "stream=nb_read_frames",
                            "-of",
                            "csv=p=0",
                            server.playUrl(entry, "a1.m3u8"))) {
                assertThat(sound.await(60)).as(sound.output()).isZero();
                soundFrames = Long.parseLong(sound.output().split("\\D")[0]);
            }
            if (Arrays.asList(forms).contains("index-ts.m3u8")) {
                countersGoOn(server, entry);
            }
        }
    }

    /// Segments asked for in any order, joined: no packet is missing on any PID, and each begins
    /// with PAT, PMT and a key frame.
    private void countersGoOn(LiveServer server, String entry) throws Exception {
        String playlist = server.get(entry, "ts1.m3u8").body();
        List<String> names = playlist.lines().filter(line -> line.endsWith(".ts")).toList();
        assertThat(names).hasSizeGreaterThan(2);
        int[] last = new int[8192];
        Arrays.fill(last, -1);
        try (HttpClient client = HttpClient.newHttpClient()) {
            for (String name : names) {
                byte[] bytes =
                        client.send(
                                        HttpRequest.newBuilder(
                                                        URI.create(server.playUrl(entry, name)))
                                                .build(),
                                        HttpResponse.BodyHandlers.ofByteArray())
                                .body();
                assertThat(bytes.length % 188).isZero();
                for (int at = 0; at < bytes.length; at += 188) {
                    assertThat(bytes[at]).isEqualTo((byte) 0x47);
                    int pid = (bytes[at + 1] & 0x1F) << 8 | bytes[at + 2] & 0xFF;
                    int counter = bytes[at + 3] & 0xF;
                    if (at == 0) {
                        assertThat(pid).isZero();
                    }
                    if (last[pid] >= 0) {
                        assertThat(counter)
                                .as("%s, PID %d at %d", name, pid, at)
                                .isEqualTo((last[pid] + 1) & 0xF);
                    }
                    last[pid] = counter;
                }
            }
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void h264AndAac() throws Exception {
        Path source =
                source("-c:v libx264 -preset ultrafast -bf 2 -g 25 -threads 1 -c:a aac -b:a 64k");
        playsEverywhere("0_avc", source, "master.m3u8", "index-ts.m3u8", "manifest.mpd");
    }

    /// What the bundled ffmpeg sends by Enhanced RTMP and as plain FLV, each as HLS and DASH.
    @ParameterizedTest(name = "{0}")
    @Execution(ExecutionMode.CONCURRENT)
    @CsvSource({
        "hevc, hvc1.|mp4a.40.2, -c:v libx265 -preset ultrafast -x265-params log-level=error -g 25 -c:a aac",
        "av1opus, av01.|opus, -c:v libsvtav1 -preset 12 -g 25 -svtav1-params rc=0 -c:a libopus",
        "vp9flac, vp09.|fLaC, -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 25 -c:a flac",
        "ac3, avc1.|ac-3, -c:v libx264 -preset ultrafast -g 25 -c:a ac3",
        "eac3, avc1.|ec-3, -c:v libx264 -preset ultrafast -g 25 -c:a eac3",
        "mp3, avc1.|mp4a.40.34, -c:v libx264 -preset ultrafast -g 25 -c:a libmp3lame",
    })
    void otherCodecs(String name, String codecs, String arguments) throws Exception {
        String entry = "0_" + name;
        Path source = source(arguments);
        boolean transport = !name.startsWith("av1") && !name.startsWith("vp9");
        playsEverywhere(
                entry,
                source,
                transport
                        ? new String[] {"master.m3u8", "index-ts.m3u8"}
                        : new String[] {"master.m3u8", "manifest.mpd"});
        assertThat(lastMaster.toLowerCase(Locale.ROOT))
                .contains(codecs.toLowerCase(Locale.ROOT).split("\\|"));
        assertThat(lastMaster).contains("RESOLUTION=320x180").contains("EXT-X-MEDIA:TYPE=AUDIO");
        assertThat(soundFrames).isGreaterThan(0);
    }
}
