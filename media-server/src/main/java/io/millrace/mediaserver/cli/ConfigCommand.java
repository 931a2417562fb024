package io.millrace.mediaserver.cli;

import io.millrace.mediaserver.config.ConfigException;
import io.millrace.mediaserver.config.MillraceConfig;
import io.millrace.mediaserver.config.ReferenceFile;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;

@Command(name = "config", description = "Checks or shows the configuration.")
final class ConfigCommand {
    @Spec private CommandSpec spec;

    @Command(
            name = "check",
            description =
                    "Says everything that is wrong with the configuration, or that it is good.")
    int check(@Mixin ServerOptions options) throws ConfigException {
        options.read(System.getenv());
        out().println("The configuration is good.");
        out().flush();
        return 0;
    }

    @Command(name = "show", description = "Prints the configuration in force, secrets hidden.")
    int show(@Mixin ServerOptions options) throws ConfigException {
        MillraceConfig config = options.read(System.getenv());
        out().print(ReferenceFile.effective(config));
        out().flush();
        return 0;
    }

    @Command(
            name = "reference",
            description = "Prints the reference file with every key, its unit and its default.")
    int reference() {
        out().print(ReferenceFile.text());
        out().flush();
        return 0;
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }
}
