package io.millrace.mediaserver.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import picocli.CommandLine;

import java.io.PrintWriter;
import java.io.StringWriter;

/// What somebody sees who does not know the commands yet.
class MillraceCommandTest {
    @ParameterizedTest
    @CsvSource({
        "--help, 0, serve",
        "help, 0, serve",
        "help serve, 0, --local-root",
        "serve --help, 0, --local-root",
        "demo -h, 0, --exit",
        "serve --local-rot=x, 2, --local-root",
        "sreve, 2, serve"
    })
    void helpIsWhereItIsLookedFor(String arguments, int exitCode, String names) {
        String[] words = arguments.split(" ");
        var out = new StringWriter();
        CommandLine line = MillraceCommand.line(words);
        line.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(out, true));
        assertThat(line.execute(words)).isEqualTo(exitCode);
        assertThat(out.toString()).contains(names);
    }
}
