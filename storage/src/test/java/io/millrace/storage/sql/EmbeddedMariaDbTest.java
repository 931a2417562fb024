package io.millrace.storage.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

class EmbeddedMariaDbTest {
    private static final List<String> SCRIPTS = List.of("classpath:db/test/a");

    @TempDir Path temp;

    @Test
    void keepsItsRowsOverAStopAndAStart() throws Exception {
        Path folder = temp.resolve("database");
        long pid;
        try (EmbeddedMariaDb server = EmbeddedMariaDb.start(folder, TestServer.PROGRAMS);
                Database database = open(server)) {
            pid = server.pid();
            assertThat(database.migrate(SCRIPTS)).isEqualTo(1);
            insert(database, 1);
            assertThat(
                            PosixFilePermissions.toString(
                                    Files.getPosixFilePermissions(folder.resolve("password"))))
                    .isEqualTo("rw-------");
            assertThat(folder.resolve("init.sql")).doesNotExist();
        }
        assertThat(ProcessHandle.of(pid)).isEmpty();
        try (EmbeddedMariaDb server = EmbeddedMariaDb.start(folder, TestServer.PROGRAMS);
                Database database = open(server)) {
            assertThat(database.migrate(SCRIPTS)).isZero();
            assertThat(notes(database)).containsExactly(1L);
        }
    }

    @Test
    void nobodyLogsInWithoutThePassword() throws Exception {
        try (EmbeddedMariaDb server =
                EmbeddedMariaDb.start(temp.resolve("database"), TestServer.PROGRAMS)) {
            String url = "jdbc:mysql://127.0.0.1:" + server.port() + "/mysql?sslMode=DISABLED";
            for (String user : new String[] {"root", "", "millrace", "mysql", "nobody"}) {
                assertThatThrownBy(() -> DriverManager.getConnection(url, user, "").close())
                        .as(user)
                        .hasMessageContaining("Access denied");
            }
        }
    }

    @Test
    void aKilledServerIsStartedAgainAndHasItsRows() throws Exception {
        try (EmbeddedMariaDb server =
                        EmbeddedMariaDb.start(temp.resolve("database"), TestServer.PROGRAMS);
                Database database = open(server)) {
            database.migrate(SCRIPTS);
            insert(database, 1);
            long pid = server.pid();
            ProcessHandle.of(pid).orElseThrow().destroyForcibly();
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> server.pid() != pid && server.isReady());
            await().atMost(Duration.ofSeconds(60)).until(database::isReady);
            assertThat(notes(database)).containsExactly(1L);
        }
    }

    @Test
    void aSecondStartOnTheSameFolderIsRefused() throws Exception {
        Path folder = temp.resolve("database");
        try (EmbeddedMariaDb server = EmbeddedMariaDb.start(folder, TestServer.PROGRAMS)) {
            assertThatThrownBy(() -> EmbeddedMariaDb.start(folder, TestServer.PROGRAMS))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("in use by process " + ProcessHandle.current().pid());
            assertThat(server.isReady()).isTrue();
        }
    }

    @Test
    void saysWhatIsWrongWithTheFolder() throws Exception {
        Path file = Files.write(temp.resolve("file"), new byte[1]);
        assertThatThrownBy(() -> EmbeddedMariaDb.start(file, TestServer.PROGRAMS))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("user " + System.getProperty("user.name"));
    }

    /// A JVM that runs the server is killed with SIGKILL: its server ends, and the next start has
    /// every committed row. Twice without the parent-death signal's help: the server is left alone
    /// and stopped by the next start.
    @Test
    void aKilledJvmLeavesNoServerAndLosesNoRow() throws Exception {
        Path folder = temp.resolve("d".repeat(100)).resolve("database");
        long committed = 0;
        for (int round = 0; round < 2; round++) {
            Process jvm = startInOtherJvm(folder);
            try (BufferedReader out = jvm.inputReader(StandardCharsets.UTF_8)) {
                long server = Long.parseLong(line(out, "pid "));
                for (int i = 0; i < 20; i++) {
                    committed = Long.parseLong(line(out, "committed "));
                }
                jvm.destroyForcibly().waitFor();
                if (Files.isExecutable(Path.of("/usr/bin/setpriv"))) {
                    await().atMost(Duration.ofSeconds(60))
                            .until(
                                    () ->
                                            ProcessHandle.of(server)
                                                    .map(h -> !h.isAlive())
                                                    .orElse(true));
                }
            }
            try (EmbeddedMariaDb server = EmbeddedMariaDb.start(folder, TestServer.PROGRAMS);
                    Database database = open(server)) {
                assertThat(notes(database)).contains(committed);
            }
        }
    }

    @Test
    void aServerLeftByAnEarlierRunIsStoppedFirst() throws Exception {
        Path folder = Files.createDirectories(temp.resolve("database")).toRealPath();
        EmbeddedMariaDb.start(folder, TestServer.PROGRAMS).close();
        MariaDbPrograms programs = MariaDbPrograms.unpack(TestServer.PROGRAMS);
        var command = new ArrayList<String>();
        command.add(programs.server().toString());
        command.add("--no-defaults");
        command.add("--basedir=" + programs.folder());
        command.add("--datadir=" + folder.resolve("data"));
        command.add("--pid-file=" + folder.resolve("mariadbd.pid"));
        command.add("--socket=s.sock");
        command.add("--skip-networking");
        command.add("--skip-ssl");
        if ("root".equals(System.getProperty("user.name"))) {
            command.add("--user=root");
        }
        MariaDbProcess left = MariaDbProcess.start(command, "TERM", folder);
        try {
            assertThat(left.awaitReady(Duration.ofSeconds(60))).isTrue();
            try (EmbeddedMariaDb server = EmbeddedMariaDb.start(folder, TestServer.PROGRAMS)) {
                assertThat(left.isAlive()).isFalse();
                assertThat(server.isReady()).isTrue();
            }
        } finally {
            left.stop();
        }
    }

    private static Process startInOtherJvm(Path folder) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ServerForKilling.class.getName(),
                        folder.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static String line(BufferedReader out, String prefix) throws IOException {
        String line;
        while ((line = out.readLine()) != null) {
            if (line.startsWith(prefix)) {
                return line.substring(prefix.length());
            }
        }
        throw new IOException("the other JVM ended before it said: " + prefix);
    }

    static Database open(EmbeddedMariaDb server) {
        return Database.open(server.settings(4), new SimpleMeterRegistry());
    }

    static void insert(Database database, long id) {
        database.useTransaction(
                h -> h.execute("INSERT INTO note VALUES (?, 'text', UTC_TIMESTAMP(6))", id));
    }

    private static List<Long> notes(Database database) {
        return database.withHandle(
                h -> h.createQuery("SELECT id FROM note ORDER BY id").mapTo(Long.class).list());
    }
}
