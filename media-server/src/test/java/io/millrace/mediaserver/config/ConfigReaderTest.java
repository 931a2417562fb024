package io.millrace.mediaserver.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

class ConfigReaderTest {
    @TempDir Path folder;

    @Test
    void laterSourcesWin() throws Exception {
        Path file = folder.resolve("millrace.conf");
        Files.writeString(
                file,
                "# a comment\nhttp.port = 1\nlive.window=1m\n\ndelivery.index-cache = 64MB\n");
        MillraceConfig config =
                new ConfigReader()
                        .file(file)
                        .environment(
                                Map.of(
                                        "MILLRACE_HTTP_PORT",
                                        "2",
                                        "MILLRACE_LIVE_RECORDING",
                                        "false",
                                        "PATH",
                                        "x"))
                        .set("http.port=3")
                        .read();
        assertThat(config.http().port()).isEqualTo(3);
        assertThat(config.live().window()).isEqualTo(Duration.ofMinutes(1));
        assertThat(config.live().recording()).isFalse();
        assertThat(config.delivery().indexCache()).isEqualTo(new ByteSize(64L << 20));
        assertThat(config.node().roles())
                .isEqualTo(List.of(Role.API, Role.SEARCH, Role.BATCH, Role.DELIVERY, Role.LIVE));
    }

    @Test
    void saysEverythingThatIsWrongAtOnceAndWhere() throws Exception {
        Path file = folder.resolve("millrace.conf");
        Files.writeString(
                file,
                """
                http.prot = 8080
                http.port = eighty
                live.window = 30
                live.conflict = both
                not an assignment
                delivery.index-cache = 1KB
                delivery.index-cache = 64MB
                cluster.secret = tooshort
                """);
        var e =
                catchThrowableOfType(
                        ConfigException.class,
                        () ->
                                new ConfigReader()
                                        .file(file)
                                        .environment(Map.of("MILLRACE_HTTP_PROT", "1"))
                                        .set("node.role=api")
                                        .set("nonsense")
                                        .read());
        assertThat(e.problems().stream().map(p -> p.toString().replace(folder + "/", "")))
                .contains(
                        "millrace.conf:1: unknown key http.prot; did you mean http.port?",
                        "millrace.conf:2: http.port = eighty: expected a whole number",
                        "millrace.conf:3: live.window = 30: expected a duration such as 500ms, 30s, 5m, 24h or 7d",
                        "millrace.conf:4: live.conflict = both: expected one of take-over, refuse",
                        "millrace.conf:5: expected key = value, found: not an assignment",
                        "millrace.conf:7: delivery.index-cache is set already in line 6",
                        "millrace.conf:8: cluster.secret: too short (expected: at least 32 characters)",
                        "MILLRACE_HTTP_PROT: unknown variable; did you mean MILLRACE_HTTP_PORT?",
                        "--set: unknown key node.role; did you mean node.roles?",
                        "--set nonsense: expected key=value");
    }

    @Test
    void secretsAreNeitherShownNorEchoed() throws Exception {
        MillraceConfig config = new ConfigReader().set("database.password=hunter2-hunter2").read();
        assertThat(ReferenceFile.effective(config))
                .contains("database.password = (hidden)")
                .contains("http.port = 8080")
                .doesNotContain("hunter2");
    }

    @Test
    void aMissingFileIsAProblemAndNotAStackTrace() {
        var e =
                catchThrowableOfType(
                        ConfigException.class,
                        () -> new ConfigReader().file(folder.resolve("none.conf")).read());
        assertThat(e).hasMessageContaining("none.conf: can't be read: there is no such file");
    }
}
