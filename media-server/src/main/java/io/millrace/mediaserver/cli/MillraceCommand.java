package io.millrace.mediaserver.cli;

import io.millrace.mediaserver.config.ConfigException;
import io.millrace.mediaserver.lifecycle.StartException;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;

import java.util.LinkedHashMap;
import java.util.Map;

/// The root command. Exit codes: 0 done, 1 failed while running, 2 wrong usage or configuration.
@Command(
        name = "millrace",
        description = "A media delivery and live recording server with a platform back end.",
        synopsisSubcommandLabel = "COMMAND")
public final class MillraceCommand {
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Shows this help.")
    private boolean help;

    /// In the order of the help.
    private static final Map<String, Class<?>> SUBCOMMANDS = new LinkedHashMap<>();

    static {
        SUBCOMMANDS.put("version", VersionCommand.class);
        SUBCOMMANDS.put("serve", ServeCommand.class);
        SUBCOMMANDS.put("demo", DemoCommand.class);
        SUBCOMMANDS.put("train", TrainCommand.class);
        SUBCOMMANDS.put("config", ConfigCommand.class);
        SUBCOMMANDS.put("token", TokenCommand.class);
        SUBCOMMANDS.put("help", CommandLine.HelpCommand.class);
    }

    private MillraceCommand() {}

    /// The command line's model. Each subcommand's options are found by reflection, which a start
    /// waits for: when the first argument names one, only that one is looked at.
    static CommandLine line(String... arguments) {
        var line = new CommandLine(new MillraceCommand());
        Class<?> named = arguments.length == 0 ? null : SUBCOMMANDS.get(arguments[0]);
        if (named == null || named == CommandLine.HelpCommand.class) {
            SUBCOMMANDS.forEach(line::addSubcommand);
        } else {
            line.addSubcommand(arguments[0], named);
        }
        helpEachOf(line);
        return line;
    }

    /// `millrace serve --help` says what `millrace help serve` does.
    private static void helpEachOf(CommandLine line) {
        for (CommandLine command : line.getSubcommands().values()) {
            if (!command.getCommandSpec().optionsMap().containsKey("--help")) {
                command.getCommandSpec()
                        .addOption(
                                OptionSpec.builder("-h", "--help")
                                        .usageHelp(true)
                                        .description("Shows this help.")
                                        .build());
            }
            helpEachOf(command);
        }
    }

    /// Runs a command line and returns its exit code.
    public static int run(String... arguments) {
        CommandLine line = line(arguments);
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
