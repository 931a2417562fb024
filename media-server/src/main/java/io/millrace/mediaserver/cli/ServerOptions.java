package io.millrace.mediaserver.cli;

import io.millrace.mediaserver.config.ConfigException;
import io.millrace.mediaserver.config.ConfigProblem;
import io.millrace.mediaserver.config.ConfigReader;
import io.millrace.mediaserver.config.MillraceConfig;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Options of every command that needs the configuration.
final class ServerOptions {
    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Configuration file. Default: conf/millrace.conf of the distribution.")
    private @Nullable Path config;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Folder that everything is written to (node.data). Default: ./data.")
    private @Nullable Path data;

    @Option(
            names = "--port-base",
            paramLabel = "N",
            description = {
                "HTTP on N, HTTPS on N+1, RTMP on N+2, operations on N+3, RTMPS on N+4.",
                "Default: 8080, 8443, 1935, 8090, 1936."
            })
    private @Nullable Integer portBase;

    @Option(
            names = "--roles",
            paramLabel = "LIST",
            description =
                    "What this node does: api, search, batch, delivery, live (node.roles). Default: all.")
    private @Nullable String roles;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description =
                    "Sets one key of the configuration; may be repeated. Wins over file and environment.")
    private List<String> set = new ArrayList<>();

    private boolean httpsByDefault = true;

    MillraceConfig read(Map<String, String> environment) throws ConfigException {
        return read(environment, new ConfigReader());
    }

    /// @param reader may hold a command's own defaults
    MillraceConfig read(Map<String, String> environment, ConfigReader reader)
            throws ConfigException {
        return read(environment, reader, List.of());
    }

    /// @param assignments of a command's own options; only `--set` wins over them
    MillraceConfig read(
            Map<String, String> environment, ConfigReader reader, List<String> assignments)
            throws ConfigException {
        Path file = configFile(environment);
        if (file != null) {
            reader.file(file);
        }
        reader.environment(environment);
        if (data != null) {
            reader.set("node.data=" + data);
        }
        if (roles != null) {
            reader.set("node.roles=" + roles);
        }
        if (portBase != null) {
            reader.set("http.port=" + portBase);
            if (httpsByDefault) {
                reader.set("http.secure-port=" + (portBase + 1));
            }
            reader.set("live.rtmp-port=" + (portBase + 2));
            reader.set("operations.port=" + (portBase + 3));
            if (httpsByDefault) {
                reader.set("live.rtmps-port=" + (portBase + 4));
            }
        }
        assignments.forEach(reader::set);
        set.forEach(reader::set);
        MillraceConfig read = reader.read();
        List<ConfigProblem> problems = LocalMode.problems(read);
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        return read;
    }

    /// HTTPS and RTMPS only where the configuration asks for them: making a certificate takes its
    /// time.
    void noHttpsByDefault() {
        httpsByDefault = false;
    }

    /// The value of `--roles` as given, or null.
    @Nullable String roles() {
        return roles;
    }

    private @Nullable Path configFile(Map<String, String> environment) {
        if (config != null) {
            return config;
        }
        String named = environment.get("MILLRACE_CONFIG");
        if (named != null) {
            return Path.of(named);
        }
        String home = System.getProperty("millrace.home");
        Path shipped = home == null ? null : Path.of(home, "conf", "millrace.conf");
        return shipped != null && Files.isRegularFile(shipped) ? shipped : null;
    }
}
