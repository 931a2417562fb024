package io.millrace.liveingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.delivery.decode.Decoders.Fence;
import io.millrace.liveingest.ladder.LadderOptions;
import io.millrace.liveingest.ladder.LadderRung;
import io.millrace.liveingest.stream.SourceReport;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A stream that is transcoded to a ladder, by the real ffmpeg.
class LadderIT {
    private static final LadderOptions LADDER =
            new LadderOptions(
                    List.of(
                            LadderRung.parse("720p:2500k"),
                            LadderRung.parse("144p:200k"),
                            LadderRung.parse("90p:80k")),
                    1,
                    Fence.IF_POSSIBLE,
                    null);

    @TempDir Path folder;

    private LiveServer server(LadderOptions ladder) throws IOException {
        return new LiveServer(
                folder.resolve("blobs"),
                LiveIngestOptions.onPorts(0, null)
                        .withResumeWindow(Duration.ofSeconds(1))
                        .withLadder(ladder));
    }

    private FfmpegProcess publish(LiveServer server, String entry) throws IOException {
        return FfmpegProcess.ffmpeg(
                folder, FfmpegProcess.testSignal(90, server.publishUrl(entry, "secret")));
    }

    private static void awaitVariants(LiveServer server, String entry, String... playlists) {
        await().atMost(Duration.ofSeconds(40))
                .untilAsserted(
                        () ->
                                assertThat(server.get(entry, "master.m3u8").body().lines())
                                        .contains(playlists));
    }

    /// Processes of this JVM that encode for a ladder.
    private static List<ProcessHandle> encoders() {
        return ProcessHandle.current().descendants().filter(LadderIT::isEncoder).toList();
    }

    private static boolean isEncoder(ProcessHandle process) {
        try {
            String line = Files.readString(Path.of("/proc/" + process.pid() + "/cmdline"));
            return line.contains("setts=dts") && line.startsWith("/");
        } catch (IOException _) {
            return false;
        }
    }

    private static List<SourceReport.Warning> warnings(LiveServer server, String entry) {
        return server.live.reports().of(entry).orElseThrow().renditions().stream()
                .filter(source -> source.rendition().equals("1"))
                .findFirst()
                .orElseThrow()
                .warnings();
    }

    /// Where segments lie on the wall clock, which is the stream's time, to the millisecond.
    private static List<String> segmentTimes(LiveServer server, String entry, String playlist)
            throws Exception {
        List<String> times = new ArrayList<>();
        String time = "";
        for (String line : server.get(entry, playlist).body().lines().toList()) {
            if (line.startsWith("#EXT-X-PROGRAM-DATE-TIME:")) {
                time = line.substring(line.indexOf(':') + 1);
            } else if (line.startsWith("#EXTINF:")) {
                times.add(time + " " + line);
                time = "";
            }
        }
        return times;
    }

    /// Presentation times in ms of the frames of a segment.
    private List<Long> frames(LiveServer server, String entry, String track, String name)
            throws Exception {
        Path file = Files.createTempFile(folder, track, ".mp4");
        String list = server.get(entry, track + ".m3u8").body();
        Matcher init = Pattern.compile("URI=\"(" + track + "-init[^\"]+)\"").matcher(list);
        assertThat(init.find()).isTrue();
        try (var out = Files.newOutputStream(file)) {
            out.write(server.bytes(entry, init.group(1)));
            out.write(server.bytes(entry, name));
        }
        try (var probe =
                FfmpegProcess.ffprobe(
                        folder,
                        "-select_streams",
                        "v",
                        "-show_entries",
                        "packet=pts_time",
                        "-of",
                        "csv=p=0",
                        file.toString())) {
            assertThat(probe.await(60)).isZero();
            return probe.output()
                    .lines()
                    .filter(line -> !line.isBlank())
                    .map(line -> Math.round(Double.parseDouble(line.replace(",", "")) * 1000))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void rungsAreVariantsThatLieOverTheSourceToTheFrame() throws Exception {
        String entry = "0_ladder";
        try (var server = server(LADDER)) {
            try (var publisher = publish(server, entry)) {
                awaitVariants(server, entry, "v1.m3u8", "v144p.m3u8", "v90p.m3u8");
                String master = server.get(entry, "master.m3u8").body();
                assertThat(master)
                        .contains("RESOLUTION=320x180", "RESOLUTION=256x144", "RESOLUTION=160x90")
                        .doesNotContain("720p");
                assertThat(master.split("TYPE=AUDIO")).hasSize(2);

                await().atMost(Duration.ofSeconds(60))
                        .untilAsserted(
                                () -> {
                                    List<String> source = segmentTimes(server, entry, "v1.m3u8");
                                    List<String> rung = segmentTimes(server, entry, "v144p.m3u8");
                                    assertThat(rung).hasSizeGreaterThanOrEqualTo(3);
                                    assertThat(source).containsAll(rung);
                                });
                String segment =
                        server.get(entry, "v90p.m3u8")
                                .body()
                                .lines()
                                .filter(line -> line.startsWith("v90p-seg"))
                                .findFirst()
                                .orElseThrow();
                List<Long> rung = frames(server, entry, "v90p", segment);
                Set<Long> source = new HashSet<>();
                for (String name :
                        server.get(entry, "v1.m3u8")
                                .body()
                                .lines()
                                .filter(line -> line.startsWith("v1-seg"))
                                .toList()) {
                    source.addAll(frames(server, entry, "v1", name));
                }
                assertThat(rung).hasSizeGreaterThan(20);
                assertThat(source).containsAll(rung);
                assertThat(encoders()).isNotEmpty();
                assertThat(warnings(server, entry)).isEmpty();
                publisher.interrupt();
                await().atMost(Duration.ofSeconds(60))
                        .untilAsserted(() -> assertThat(encoders()).isEmpty());
                await().atMost(Duration.ofSeconds(60)).until(() -> !server.live.isLive(entry));
            }
        }
    }

    @Test
    void anEncoderThatIsKilledComesBackAndTheStreamNeverKnows() throws Exception {
        String entry = "0_killed";
        try (var server = server(LADDER);
                var publisher = publish(server, entry)) {
            awaitVariants(server, entry, "v144p.m3u8");
            encoders().forEach(ProcessHandle::destroyForcibly);
            await().atMost(Duration.ofSeconds(60))
                    .untilAsserted(
                            () ->
                                    assertThat(warnings(server, entry))
                                            .extracting(SourceReport.Warning::code)
                                            .contains("LADDER_TROUBLE"));
            List<String> before = segmentTimes(server, entry, "v144p.m3u8");
            await().atMost(Duration.ofSeconds(60))
                    .untilAsserted(
                            () -> {
                                List<String> rung = segmentTimes(server, entry, "v144p.m3u8");
                                List<String> source = segmentTimes(server, entry, "v1.m3u8");
                                assertThat(rung.size()).isGreaterThan(before.size() + 1);
                                assertThat(source).contains(rung.getLast());
                            });
            assertThat(server.get(entry, "v1.m3u8").body()).doesNotContain("DISCONTINUITY");
            assertThat(publisher.isAlive()).isTrue();
            server.close();
            assertThat(encoders()).isEmpty();
        }
    }

    @Test
    void oneStreamTooManyHasItsSourceOnly() throws Exception {
        try (var server = server(LADDER);
                var first = publish(server, "0_first")) {
            awaitVariants(server, "0_first", "v90p.m3u8");
            try (var second = publish(server, "0_second")) {
                awaitVariants(server, "0_second", "v1.m3u8");
                await().atMost(Duration.ofSeconds(60))
                        .untilAsserted(
                                () ->
                                        assertThat(warnings(server, "0_second"))
                                                .extracting(SourceReport.Warning::code)
                                                .contains("LADDER_NOT_MADE"));
                assertThat(server.get("0_second", "master.m3u8").body()).doesNotContain("v90p");
                first.interrupt();
                awaitVariants(server, "0_second", "v90p.m3u8");
                assertThat(second.isAlive()).isTrue();
            }
        }
    }

    /// What Enhanced RTMP carries is decoded, too.
    @ParameterizedTest
    @CsvSource({
        "hevc, hvc1, libx265 -preset ultrafast -x265-params log-level=error:bframes=2",
        "av1, av01, libsvtav1 -preset 12 -svtav1-params lp=1",
        "vp9, vp09, libvpx-vp9 -deadline realtime -cpu-used 8"
    })
    void sourcesOfNewerCodecsHaveLaddersOfAvc(String name, String codec, String encoder)
            throws Exception {
        String entry = "0_" + name;
        try (var server = server(LADDER)) {
            List<String> arguments =
                    new ArrayList<>(
                            List.of(
                                    FfmpegProcess.testSignal(
                                            90, server.publishUrl(entry, "secret"))));
            int from = arguments.indexOf("libx264");
            arguments.subList(from, arguments.indexOf("-bf") + 2).clear();
            arguments.addAll(from, List.of(encoder.split(" ")));
            try (var publisher = FfmpegProcess.ffmpeg(folder, arguments.toArray(String[]::new))) {
                awaitVariants(server, entry, "v1.m3u8", "v144p.m3u8", "v90p.m3u8");
                String master = server.get(entry, "master.m3u8").body();
                assertThat(master)
                        .contains(codec, "avc1", "RESOLUTION=256x144", "RESOLUTION=160x90")
                        .doesNotContain("720p");
                await().atMost(Duration.ofSeconds(40))
                        .untilAsserted(
                                () -> {
                                    List<String> rung = segmentTimes(server, entry, "v90p.m3u8");
                                    assertThat(rung).hasSizeGreaterThanOrEqualTo(2);
                                    assertThat(segmentTimes(server, entry, "v1.m3u8"))
                                            .containsAll(rung);
                                });
                assertThat(publisher.isAlive()).as(publisher.output()).isTrue();
            }
        }
    }

    @Test
    void aPublisherThatIsLostTakesItsEncoderAlongAndComesBackWithAnother() throws Exception {
        String entry = "0_lost";
        try (var server =
                new LiveServer(
                        folder.resolve("blobs"),
                        LiveIngestOptions.onPorts(0, null).withLadder(LADDER))) {
            try (var publisher = publish(server, entry)) {
                awaitVariants(server, entry, "v144p.m3u8");
                List<Long> first = encoders().stream().map(ProcessHandle::pid).toList();
                assertThat(first).isNotEmpty();
                publisher.kill();
                await().atMost(Duration.ofSeconds(40))
                        .until(() -> server.events.contains("interrupted " + entry));
                await().atMost(Duration.ofSeconds(40))
                        .untilAsserted(() -> assertThat(encoders()).isEmpty());
            }
            int before = segmentTimes(server, entry, "v144p.m3u8").size();
            try (var publisher = publish(server, entry)) {
                await().atMost(Duration.ofSeconds(40))
                        .untilAsserted(
                                () -> {
                                    List<String> rung = segmentTimes(server, entry, "v144p.m3u8");
                                    assertThat(rung.size()).isGreaterThan(before + 2);
                                    assertThat(segmentTimes(server, entry, "v1.m3u8"))
                                            .contains(rung.getLast());
                                });
                for (String playlist : List.of("v1.m3u8", "v144p.m3u8")) {
                    assertThat(server.get(entry, playlist).body().lines())
                            .as(playlist)
                            .filteredOn(line -> line.equals("#EXT-X-DISCONTINUITY"))
                            .hasSize(1);
                }
                assertThat(server.live.isLive(entry)).isTrue();
                assertThat(publisher.isAlive()).isTrue();
            }
        }
    }
}
