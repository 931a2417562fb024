package io.millrace.mediaserver.cli;

import io.millrace.mediaserver.MediaServer;
import io.millrace.mediaserver.config.ConfigReader;
import io.millrace.mediaserver.config.MillraceConfig;
import io.millrace.mediaserver.demo.TestMedia;
import io.millrace.mediaserver.lifecycle.LogSetup;
import io.millrace.mediaserver.lifecycle.TemporaryFolder;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import picocli.CommandLine.Command;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;

/// What the JVM watches while it makes the AOT cache at packaging (docs/adr/0008-jvm-flags.md): a
/// whole start with every role on a folder of its own, the requests of a first visit, a whole stop;
/// then the same of a server of a folder only, which plays a clip in every format. What such a
/// start needs and this run did not see is read, verified and linked at the start itself.
@Command(name = "train", hidden = true, description = "Runs what the AOT cache is made from.")
final class TrainCommand implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(TrainCommand.class);

    private static final String CLIP = "clip.mp4";

    private static final Duration PATIENCE = Duration.ofSeconds(60);

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

    /// Of the clip. The names of segments are the packager's (docs/packager.md).
    private static final List<String> PLAYS =
            List.of(
                    "/",
                    "/hls/%s/index.m3u8",
                    "/hls/%s/master.m3u8",
                    "/hls/%s/index-v1-a1.m3u8",
                    "/hls/%s/seg-1-v1-a1.ts",
                    "/hls/%s/seg-2-v1-a1.ts",
                    "/hlsf/%s/master.m3u8",
                    "/hlsf/%s/index-v1.m3u8",
                    "/hlsf/%s/init-v1.mp4",
                    "/hlsf/%s/seg-1-v1.m4s",
                    "/hlsf/%s/seg-1-a1.m4s",
                    "/dash/%s/manifest.mpd",
                    "/dash/%s/init-v1.mp4",
                    "/dash/%s/fragment-1-v1.m4s",
                    "/dash/%s/fragment-1-a1.m4s",
                    "/file/%s");

    @Override
    public Integer call() throws Exception {
        try (var data = TemporaryFolder.make("millrace-train-");
                var folder = TemporaryFolder.make("millrace-train-media-");
                var http = HttpClient.newHttpClient()) {
            boolean ready = everyRole(data.path(), folder.path(), http);
            return ready && folderOnly(folder.path(), http) ? 0 : 1;
        }
    }

    /// Also makes the clip: the batch role has unpacked ffmpeg.
    private static boolean everyRole(Path data, Path media, HttpClient http) throws Exception {
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
        try (var server = MediaServer.start(config)) {
            boolean ready = server.awaitReady(PATIENCE);
            for (String visit : VISITS) {
                get(http, server.localUrl() + visit);
            }
            Path clip = TestMedia.clip(server.ffmpeg().orElseThrow(), media, "320x180", 12);
            Files.move(clip, media.resolve(CLIP));
            return ready;
        }
    }

    /// As `serve --roles delivery --local-root DIR` does it, from its arguments to what it prints.
    private static boolean folderOnly(Path media, HttpClient http) throws Exception {
        String[] arguments = {
            "serve",
            "--roles",
            "delivery",
            "--local-root",
            media.toString(),
            "--set",
            "http.bind=127.0.0.1",
            "--set",
            "http.port=" + freePort(),
            "--set",
            "operations.port=" + freePort(),
            "--set",
            "log.level=error",
        };
        var parsed = MillraceCommand.line(arguments).parseArgs(arguments);
        var serve = (ServeCommand) parsed.subcommand().commandSpec().userObject();
        try (var data = TemporaryFolder.make("millrace-train-");
                var server = MediaServer.start(serve.configuration(data))) {
            boolean played = server.awaitReady(PATIENCE);
            for (String play : PLAYS) {
                int status = get(http, server.localUrl() + play.formatted(CLIP));
                if (status != 200) {
                    LOG.error("{}: {} (expected: 200)", play, status);
                    played = false;
                }
            }
            new Banner(new PrintWriter(Writer.nullWriter()), server).ready();
            return played;
        }
    }

    private static int get(HttpClient http, String url) throws IOException, InterruptedException {
        return http.send(
                        HttpRequest.newBuilder(URI.create(url))
                                .timeout(Duration.ofSeconds(10))
                                .build(),
                        HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
