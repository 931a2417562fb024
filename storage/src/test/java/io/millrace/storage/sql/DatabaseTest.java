package io.millrace.storage.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.jdbi.v3.core.statement.UnableToExecuteStatementException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

class DatabaseTest {
    @TempDir static Path folder;
    private static EmbeddedMariaDb server;
    private static Database database;

    @BeforeAll
    static void start() throws Exception {
        server = EmbeddedMariaDb.start(folder.resolve("database"), TestServer.PROGRAMS);
        database = Database.open(server.settings(8), new SimpleMeterRegistry());
        // The features' locations may come in any order and later than higher numbers.
        database.migrate(List.of("classpath:db/test/b"));
        database.migrate(List.of("classpath:db/test/b", "classpath:db/test/a"));
    }

    @AfterAll
    static void stop() {
        database.close();
        server.close();
    }

    @Test
    void instantsKeepTheirMicrosecondsWhateverTheZone() {
        Instant at = Instant.parse("2026-11-22T23:59:59.123456Z");
        database.useTransaction(
                h -> h.execute("REPLACE INTO note VALUES (?, ?, ?)", 1, "Grüße 🎬", at));
        var row =
                database.withHandle(
                        h ->
                                h.createQuery(
                                                "SELECT text, at, CAST(at AS CHAR) shown"
                                                        + " FROM note WHERE id = 1")
                                        .map(
                                                (rs, c) ->
                                                        List.of(
                                                                rs.getString(1),
                                                                c.findColumnMapperFor(Instant.class)
                                                                        .orElseThrow()
                                                                        .map(rs, 2, c),
                                                                rs.getString(3)))
                                        .one());
        assertThat(row).containsExactly("Grüße 🎬", at, "2026-11-22 23:59:59.123456");
        assertThat(
                        database.<Instant, RuntimeException>withHandle(
                                h ->
                                        h.createQuery("SELECT at FROM note WHERE id = 1")
                                                .mapTo(Instant.class)
                                                .one()))
                .isEqualTo(at);
    }

    @Test
    void aTransactionThatThrowsChangesNothing() {
        assertThatThrownBy(
                        () ->
                                database.useTransaction(
                                        h -> {
                                            h.execute("INSERT INTO note VALUES (7, 'x', NOW())");
                                            throw new java.io.IOException("no");
                                        }))
                .isInstanceOf(java.io.IOException.class);
        assertThat(
                        database.<Integer, RuntimeException>withHandle(
                                h ->
                                        h.createQuery("SELECT COUNT(*) FROM note WHERE id = 7")
                                                .mapTo(Integer.class)
                                                .one()))
                .isZero();
    }

    @Test
    void deadlockedTransactionsRunAgain() throws Exception {
        var barrier = new CyclicBarrier(2);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> both = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                int first = 1 + i;
                int second = 2 - i;
                both.add(
                        threads.submit(
                                () -> {
                                    var met = new boolean[1];
                                    database.<RuntimeException>useTransaction(
                                            h -> {
                                                add(h, first);
                                                if (!met[0]) {
                                                    met[0] = true;
                                                    meet(barrier);
                                                }
                                                add(h, second);
                                            });
                                }));
            }
            for (Future<?> f : both) {
                f.get(30, TimeUnit.SECONDS);
            }
        }
        assertThat(
                        database.<Long, RuntimeException>withHandle(
                                h ->
                                        h.createQuery("SELECT SUM(n) FROM counter")
                                                .mapTo(Long.class)
                                                .one()))
                .isEqualTo(4);
    }

    @Test
    void anAbsentDatabaseIsSaidQuicklyAndOpeningDoesNotFail() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        var settings =
                new DatabaseSettings(
                        "jdbc:mysql://127.0.0.1:" + port + "/x",
                        "u",
                        "secret-word",
                        2,
                        Duration.ofMillis(500));
        try (Database absent = Database.open(settings, new SimpleMeterRegistry())) {
            long started = System.nanoTime();
            assertThat(absent.isReady()).isFalse();
            assertThatThrownBy(() -> absent.useHandle(h -> h.execute("SELECT 1")))
                    .isInstanceOf(DatabaseUnavailableException.class)
                    .hasMessageContaining("127.0.0.1:" + port)
                    .hasMessageNotContaining("secret-word");
            assertThatThrownBy(() -> absent.jdbi().useHandle(h -> h.execute("SELECT 1")))
                    .isInstanceOf(DatabaseUnavailableException.class);
            assertThat(Duration.ofNanos(System.nanoTime() - started))
                    .isLessThan(Duration.ofSeconds(20));
        }
        assertThat(settings.toString()).doesNotContain("secret-word");
    }

    @Test
    void waitsForALateDatabase(@org.junit.jupiter.api.io.TempDir Path temp) throws Exception {
        Path late = temp.resolve("late");
        DatabaseSettings settings;
        try (EmbeddedMariaDb first = EmbeddedMariaDb.start(late, TestServer.PROGRAMS)) {
            settings = first.settings(2);
        }
        try (Database waiting =
                        Database.open(
                                new DatabaseSettings(
                                        settings.url(),
                                        settings.user(),
                                        settings.password(),
                                        2,
                                        Duration.ofMillis(300)),
                                new SimpleMeterRegistry());
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> ready =
                    threads.submit(
                            () -> {
                                waiting.awaitReady();
                                return null;
                            });
            assertThatThrownBy(() -> ready.get(1, TimeUnit.SECONDS))
                    .isInstanceOf(java.util.concurrent.TimeoutException.class);
            try (EmbeddedMariaDb second =
                    EmbeddedMariaDb.startOnPort(late, TestServer.PROGRAMS, port(settings.url()))) {
                ready.get(30, TimeUnit.SECONDS);
                assertThat(second.isReady()).isTrue();
            }
        }
    }

    @Test
    void aServerThatGoesAwayInACallIsUnavailable() {
        assertThatThrownBy(
                        () ->
                                database.useHandle(
                                        h -> {
                                            long id =
                                                    h.createQuery("SELECT CONNECTION_ID()")
                                                            .mapTo(Long.class)
                                                            .one();
                                            // A nested useHandle would be the same connection.
                                            try (var other = database.jdbi().open()) {
                                                other.execute("KILL " + id);
                                            }
                                            h.execute("SELECT 1");
                                        }))
                .isInstanceOf(DatabaseUnavailableException.class);
        assertThatThrownBy(() -> database.useHandle(h -> h.execute("SELECT nonsense FROM nothing")))
                .isInstanceOf(UnableToExecuteStatementException.class);
    }

    @Test
    void addsOnlyThePropertiesThatTheOperatorDidNotSet() {
        String url =
                ConnectionUrl.withDefaults("jdbc:mysql://h/s?socketTimeout=5&connectTimeout=7");
        assertThat(url)
                .startsWith("jdbc:mysql://h/s?socketTimeout=5&connectTimeout=7&")
                .contains("rewriteBatchedStatements=true")
                .doesNotContain("socketTimeout=60000");
        assertThat(ConnectionUrl.withDefaults("jdbc:mysql://h/s")).contains("/s?");
    }

    private static int port(String url) {
        return java.net.URI.create(url.substring("jdbc:".length())).getPort();
    }

    private static void add(org.jdbi.v3.core.Handle handle, int id) {
        handle.execute("UPDATE counter SET n = n + 1 WHERE id = ?", id);
    }

    private static void meet(CyclicBarrier barrier) {
        try {
            barrier.await(60, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
