package io.millrace.mediaserver.cli;

import io.millrace.mediaserver.config.ConfigException;
import io.millrace.mediaserver.lifecycle.StartException;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// The root command. Exit codes: 0 done, 1 failed while running, 2 wrong usage or configuration.
@Command(
        name = "millrace",
        description = "A media delivery and live recording server with a platform back end.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            VersionCommand.class,
            ServeCommand.class,
            DemoCommand.class,
            TrainCommand.class,
            ConfigCommand.class,
            TokenCommand.class,
            CommandLine.HelpCommand.class,
        })
public final class MillraceCommand {
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Shows this help.")
    private boolean help;

    private MillraceCommand() {}

    /// Runs a command line and returns its exit code.
    public static int run(String... arguments) {
        var line = new CommandLine(new MillraceCommand());
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setExecutionExceptionHandler(
                (e, command, _) -> {
                    if (e instanceof ConfigException config) {
                        command.getErr().println("The configuration can't be used:");
                        config.problems()
                                .forEach(problem -> command.getErr().println("  " + problem));
                        command.getErr().flush();
                        return 2;
                    }
                    if (e instanceof StartException) {
                        command.getErr().println(e.getMessage());
                        command.getErr().flush();
                        return 1;
                    }
                    throw e;
                });
        return line.execute(arguments);
    }
}
