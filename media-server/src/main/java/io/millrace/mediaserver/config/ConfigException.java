package io.millrace.mediaserver.config;

import java.util.List;
import java.util.stream.Collectors;

/// The configuration can't be used. Says everything that is wrong with it at once.
public final class ConfigException extends Exception {
    private final List<ConfigProblem> problems;

    public ConfigException(List<ConfigProblem> problems) {
        super(problems.stream().map(ConfigProblem::toString).collect(Collectors.joining("\n")));
        this.problems = List.copyOf(problems);
    }

    public List<ConfigProblem> problems() {
        return problems;
    }
}
