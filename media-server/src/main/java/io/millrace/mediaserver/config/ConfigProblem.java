package io.millrace.mediaserver.config;

/// One thing that is wrong with the configuration, and where it was said.
///
/// @param where `file:line`, `--set`, or the environment variable's name
public record ConfigProblem(String where, String text) {
    @Override
    public String toString() {
        return where + ": " + text;
    }
}
