package io.millrace.mediaserver.cli;

import io.millrace.mediaserver.MediaServer;
import io.millrace.mediaserver.config.MillraceConfig;
import io.millrace.mediaserver.lifecycle.LogSetup;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

import java.time.Duration;
import java.util.concurrent.Callable;

@Command(
        name = "serve",
        description = "Serves until it is stopped (Ctrl-C or SIGTERM).",
        showDefaultValues = false)
final class ServeCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;
    @Mixin private ServerOptions options;

    @Override
    public Integer call() throws Exception {
        MillraceConfig config = options.read(System.getenv());
        LogSetup.apply(config.log());
        MediaServer server = MediaServer.start(config);
        var stop = StopSignal.install(server::close);
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
