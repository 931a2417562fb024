package io.millrace.liveingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// RTMP over TLS, published and played by the real ffmpeg; the certificate is self-signed.
class RtmpsIT {
    private static final String ENTRY = "0_secure";

    @TempDir Path folder;

    private LiveServer server() throws IOException {
        return new LiveServer(folder.resolve("blobs"), LiveIngestOptions.onPorts(0, 0));
    }

    private static String url(LiveServer server, String path) {
        return "rtmps://127.0.0.1:" + server.live.rtmpsPort() + "/" + path;
    }

    private List<String> packets(String... input) throws Exception {
        Path list = Files.createTempFile(folder, "packets", ".txt");
        var arguments = new ArrayList<>(List.of("-loglevel", "error", "-y"));
        arguments.addAll(List.of(input));
        arguments.addAll(List.of("-map", "0:v:0", "-c", "copy", "-f", "framemd5"));
        arguments.add(list.toString());
        try (var reader = FfmpegProcess.ffmpeg(folder, arguments.toArray(String[]::new))) {
            assertThat(reader.await(60)).as(reader.output()).isZero();
        }
        return Files.readAllLines(list).stream()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.substring(line.lastIndexOf(',')))
                .toList();
    }

    @Test
    void ffmpegPublishesAndPlaysOverTls() throws Exception {
        try (var server = server()) {
            String publish =
                    url(server, "kLive/" + ENTRY + "_1?p=101&e=" + ENTRY + "&i=0&t=secret");
            try (var publisher =
                    FfmpegProcess.ffmpeg(folder, FfmpegProcess.testSignal(12, publish))) {
                await().atMost(Duration.ofSeconds(40))
                        .until(() -> server.events.contains("playable " + ENTRY));
                List<String> played =
                        packets(
                                "-rtmp_live",
                                "live",
                                "-t",
                                "3",
                                "-i",
                                url(server, "live/" + ENTRY));
                assertThat(played).hasSizeBetween(60, 80);
                assertThat(publisher.await(60)).as(publisher.output()).isZero();
                await().atMost(Duration.ofSeconds(40)).until(() -> server.finished.size() == 1);
                Path recorded =
                        server.blobs
                                .localPath(server.finished.getFirst().blobKeys().getFirst())
                                .orElseThrow();
                List<String> all = packets("-i", recorded.toString());
                assertThat(all).hasSize(12 * 25).containsAll(played);
            }
        }
    }

    @Test
    void aWrongKeyIsRefusedOverTlsAndPlainRtmpIsClosed() throws Exception {
        try (var server = server()) {
            String publish = url(server, "kLive/" + ENTRY + "_1?p=101&e=" + ENTRY + "&i=0&t=guess");
            try (var publisher =
                    FfmpegProcess.ffmpeg(folder, FfmpegProcess.testSignal(5, publish))) {
                assertThat(publisher.await(60)).isPositive();
            }
            try (var plain = new Socket("127.0.0.1", server.live.rtmpsPort())) {
                plain.setSoTimeout(60_000);
                plain.getOutputStream()
                        .write("\u0003not a hello at all".getBytes(StandardCharsets.US_ASCII));
                plain.getOutputStream().flush();
                InputStream in = plain.getInputStream();
                assertThat(in.readAllBytes().length).isLessThan(64); // at most an alert
            }
            assertThat(server.events).isEmpty();
        }
    }
}
