package io.millrace.mediaserver.cli;

import io.millrace.mediaserver.MediaServer;
import io.millrace.mediaserver.config.ConfigReader;
import io.millrace.mediaserver.config.MillraceConfig;
import io.millrace.mediaserver.config.Role;
import io.millrace.mediaserver.demo.Demo;
import io.millrace.mediaserver.demo.DemoReport;
import io.millrace.mediaserver.demo.TestMedia;
import io.millrace.mediaserver.demo.TestStream;
import io.millrace.mediaserver.lifecycle.LogSetup;
import io.millrace.mediaserver.lifecycle.StartException;
import io.millrace.mediaserver.role.PlatformNodeRole;
import io.millrace.platformapi.client.PlatformClient;
import io.millrace.platformapi.model.LiveStreamEntry;
import io.millrace.platformapi.partner.Bootstrap;
import io.millrace.storage.process.FfmpegPrograms;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;

@Command(
        name = "demo",
        description = {
            "Serves, and pushes video through the whole path: upload, probe, transcoding, ready; then starts a live test",
            "stream, and prints where everything is."
        })
final class DemoCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;
    @Mixin private ServerOptions options;

    @Parameters(
            paramLabel = "FILE",
            arity = "0..*",
            description = "Videos to publish. Without one a clip is made.")
    private List<Path> files = new ArrayList<>();

    @Option(names = "--result", paramLabel = "FILE", description = "Writes what was made, as JSON.")
    private @Nullable Path result;

    @Option(names = "--exit", description = "Stops when everything is made, instead of serving on.")
    private boolean exit;

    @Option(names = "--no-test-stream", description = "Starts no live test stream.")
    private boolean noTestStream;

    @Override
    public Integer call() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        for (Path file : files) {
            if (!Files.isReadable(file) || Files.isDirectory(file)) {
                throw new StartException(file + " can't be read: name a video file.");
            }
        }
        // A progress bar and a log share the terminal badly.
        MillraceConfig config =
                options.read(System.getenv(), new ConfigReader().defaultTo("log.level", "warn"));
        if (config.node().roles().size() != Role.values().length) {
            throw new StartException(
                    "demo needs every role on this node; leave --roles and node.roles away.");
        }
        LogSetup.apply(config.log());
        MediaServer server = MediaServer.start(config);
        var streams = new ArrayList<AutoCloseable>();
        var stop =
                StopSignal.install(
                        () -> {
                            streams.forEach(DemoCommand::quietly);
                            server.close();
                        });
        boolean done = false;
        try {
            if (!server.awaitReady(Duration.ofMinutes(2))) {
                throw new StartException(
                        "The server did not become ready; /readyz of the operations port says why.");
            }
            var banner = new Banner(out, server);
            banner.firstStart();
            run(server, out, streams);
            done = true;
        } catch (Demo.DemoException e) {
            spec.commandLine().getErr().println(e.getMessage());
            spec.commandLine().getErr().flush();
        } finally {
            if (exit || !done) {
                stop.finishing();
                streams.forEach(DemoCommand::quietly);
                server.close();
            }
        }
        if (!done || exit) {
            return done ? 0 : 1;
        }
        out.println("Serving. Ctrl-C stops it.");
        out.flush();
        stop.await();
        return 0;
    }

    private void run(MediaServer server, PrintWriter out, List<AutoCloseable> streams)
            throws Exception {
        PlatformNodeRole platform = Objects.requireNonNull(server.platform(), "the api role");
        Bootstrap.First publisher = platform.firstPublisher().orElseThrow();
        FfmpegPrograms programs = server.ffmpeg().orElseThrow();
        try (var client =
                new PlatformClient(
                        List.of(URI.create(server.localUrl())),
                        PlatformClient.Caller.admin(publisher.partnerId(), publisher.adminSecret()),
                        Duration.ofSeconds(60))) {
            var demo = new Demo(client, out, isTerminal());
            if (files.isEmpty()) {
                out.println("No file was named: making a clip");
                out.flush();
                files = List.of(TestMedia.clip(programs, server.scratchFolder()));
            }
            var report =
                    new DemoReport(
                            server.localUrl(), publisher.partnerId(), publisher.adminSecret());
            String entryId = "";
            for (Path file : files) {
                entryId = demo.publish(file);
            }
            report.entry(entryId);
            LiveStreamEntry live = demo.liveEntry("Live (publish here)", true);
            report.live(live, liveUrl(platform, server, live));
            report.metrics(
                    "http://"
                            + server.config().operations().bind()
                            + ":"
                            + server.config().operations().port()
                            + "/metrics");
            if (!exit && !noTestStream) {
                LiveStreamEntry test = demo.liveEntry("Live test picture", false);
                streams.add(TestStream.start(programs, DemoReport.publishUrl(test)));
                report.testStream(Objects.requireNonNull(test.id), liveUrl(platform, server, test));
            }
            out.println();
            report.print(out);
            out.println(
                    result == null
                            ? "  (--result FILE writes these and more, with the secrets, as JSON)"
                            : "  (all of it, with the secrets, as JSON: " + result + ")");
            out.println();
            out.flush();
            if (result != null) {
                report.write(result);
            }
        } catch (IOException e) {
            throw new StartException("The demo failed: " + e.getMessage(), e);
        }
    }

    private static String liveUrl(
            PlatformNodeRole platform, MediaServer server, LiveStreamEntry entry) {
        return platform.running()
                .orElseThrow()
                .playbackUrls()
                .live(server.localUrl(), Objects.requireNonNull(entry.id), false);
    }

    private static boolean isTerminal() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }

    private static void quietly(AutoCloseable part) {
        try {
            part.close();
        } catch (Exception e) {
            org.slf4j.LoggerFactory.getLogger(DemoCommand.class).warn("while stopping", e);
        }
    }
}
