package io.millrace.mediaserver.cli;

import io.millrace.mediaserver.MediaServer;
import io.millrace.mediaserver.config.ConfigException;
import io.millrace.mediaserver.config.ConfigReader;
import io.millrace.mediaserver.config.MillraceConfig;
import io.millrace.mediaserver.lifecycle.LogSetup;
import io.millrace.mediaserver.lifecycle.TemporaryFolder;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;

@Command(
        name = "serve",
        description = "Serves until it is stopped (Ctrl-C or SIGTERM).",
        showDefaultValues = false)
final class ServeCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;
    @Mixin private ServerOptions options;

    /// What needs neither a database nor anything that is kept.
    private static final Set<String> MEDIA_ROLES = Set.of("delivery", "live");

    @Option(
            names = "--local-root",
            paramLabel = "DIR",
            description = {
                "Serves the media files below DIR to everyone (local.root, local.unsigned).",
                "With --roles delivery it is all that is served, and without --data nothing is kept.",
                "With --roles live,delivery it is a live server on its own: recordings go below DIR."
            })
    private @Nullable Path localRoot;

    @Override
    public Integer call() throws Exception {
        if (localRoot == null || !servesOnlyMedia()) {
            return serve(configuration(null), () -> {});
        }
        try (var data = TemporaryFolder.make("millrace-")) {
            return serve(configuration(data), data::close);
        }
    }

    /// @param data the folder of a run that keeps nothing, unless another is named; null: one that
    ///   keeps what it has
    MillraceConfig configuration(@Nullable TemporaryFolder data) throws ConfigException {
        var reader = new ConfigReader();
        if (data != null) {
            reader.defaultTo("node.data", data.path().toString());
            reader.defaultTo("http.secure-port", "-1");
            reader.defaultTo("live.rtmps-port", "-1");
            options.noHttpsByDefault();
        }
        List<String> local =
                localRoot == null
                        ? List.of()
                        : List.of("local.root=" + localRoot, "local.unsigned=true");
        return options.read(System.getenv(), reader, local);
    }

    private boolean servesOnlyMedia() {
        String roles = options.roles();
        return roles != null
                && MEDIA_ROLES.containsAll(List.of(roles.toLowerCase(Locale.ROOT).split("[, ]+")));
    }

    /// @param afterwards runs when the server has stopped
    private int serve(MillraceConfig config, Runnable afterwards) throws Exception {
        LogSetup.apply(config.log());
        MediaServer server = MediaServer.start(config);
        var stop =
                StopSignal.install(
                        () -> {
                            server.close();
                            afterwards.run();
                        });
        var banner = new Banner(spec.commandLine().getOut(), server);
        if (server.awaitReady(Duration.ofSeconds(60))) {
            banner.ready();
        } else {
            banner.waiting();
        }
        stop.await();
        return 0;
    }
}
