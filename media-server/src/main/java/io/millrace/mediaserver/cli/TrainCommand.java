package io.millrace.mediaserver.cli;

import io.millrace.mediaserver.MediaServer;
import io.millrace.mediaserver.config.ConfigReader;
import io.millrace.mediaserver.config.MillraceConfig;
import io.millrace.mediaserver.lifecycle.LogSetup;

import picocli.CommandLine.Command;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

/// What the JVM watches while it makes the AOT cache at packaging (docs/adr/0008-jvm-flags.md): a
/// whole start with every role on a folder of its own, the requests of a first visit, a whole stop.
@Command(name = "train", hidden = true, description = "Runs what the AOT cache is made from.")
final class TrainCommand implements Callable<Integer> {
    private static final List<String> VISITS =
            List.of(
                    "/api_v3/service/system/action/ping?format=1",
                    "/api_v3/service/media/action/list?format=1&ks=none",
                    "/api_v3/?service=system&action=getTime",
                    "/console/",
                    "/p/101/embedPlaykitJs/uiconf_id/0?iframeembed=true&entry_id=0_none",
                    "/vod/hls/none/master.m3u8",
                    "/live/none/master.m3u8",
                    "/file/none.mp4");

    @Override
    public Integer call() throws Exception {
        Path data = Files.createTempDirectory("millrace-train-");
        var reader =
                new ConfigReader()
                        .set("node.data=" + data)
                        .set("log.level=error")
                        .set("node.drain-timeout=5s");
        for (String key :
                List.of(
                        "http.port",
                        "http.secure-port",
                        "operations.port",
                        "live.rtmp-port",
                        "live.rtmps-port")) {
            reader.set(key + "=" + freePort());
        }
        reader.set("http.bind=127.0.0.1").set("live.bind=127.0.0.1");
        MillraceConfig config = reader.read();
        LogSetup.apply(config.log());
        try (var server = MediaServer.start(config);
                var http = HttpClient.newHttpClient()) {
            boolean ready = server.awaitReady(Duration.ofSeconds(60));
            for (String visit : VISITS) {
                http.send(
                        HttpRequest.newBuilder(URI.create(server.localUrl() + visit))
                                .timeout(Duration.ofSeconds(10))
                                .build(),
                        HttpResponse.BodyHandlers.discarding());
            }
            return ready ? 0 : 1;
        } finally {
            delete(data);
        }
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
