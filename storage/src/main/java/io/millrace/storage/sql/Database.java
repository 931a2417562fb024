package io.millrace.storage.sql;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.metrics.micrometer.MicrometerMetricsTrackerFactory;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

import org.flywaydb.core.Flyway;
import org.jdbi.v3.core.HandleCallback;
import org.jdbi.v3.core.HandleConsumer;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/// The connection pool, transactions, and migrations. Thread-safe; all calls block, so call them on
/// virtual threads and never on an event loop.
///
/// Opening never fails because the database is late: {@link #awaitReady} (and {@link #migrate},
/// which begins with it) waits for it and says so in the log; any other call while it is away
/// throws {@link DatabaseUnavailableException} within the connection time-out.
///
/// The SQL of the features keeps to what MySQL 8 and MariaDB 10.6+ share: no `->>`, no `VALUES …
/// AS`, no LATERAL; `JSON_EXTRACT`, `SKIP LOCKED`, window functions and `VALUES()` in `ON DUPLICATE
/// KEY UPDATE` are fine. Times are `datetime(3)` or finer in UTC.
public final class Database implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Database.class);

    private static final int DEADLOCK_ATTEMPTS = 4;
    private static final Duration LONGEST_BACK_OFF = Duration.ofSeconds(5);

    private final DatabaseSettings settings;
    private final HikariDataSource pool;
    private final Jdbi jdbi;
    private final Counter deadlocks;
    private volatile boolean dialectChecked;

    private Database(DatabaseSettings settings, HikariDataSource pool, MeterRegistry registry) {
        this.settings = settings;
        this.pool = pool;
        this.jdbi = Jdbi.create(this::connection);
        this.deadlocks =
                Counter.builder("millrace.database.deadlocks")
                        .description("Transactions run again after a deadlock")
                        .register(registry);
        jdbi.registerArgument(new InstantColumns.ArgumentFactory());
        jdbi.registerColumnMapper(java.time.Instant.class, InstantColumns.MAPPER);
    }

    /// Makes the pool; connects to nothing yet.
    public static Database open(DatabaseSettings settings, MeterRegistry registry) {
        HikariConfig config = new HikariConfig();
        config.setPoolName("database");
        config.setJdbcUrl(ConnectionUrl.withDefaults(settings.url()));
        config.setUsername(settings.user());
        config.setPassword(settings.password());
        config.setMaximumPoolSize(settings.poolSize());
        config.setMinimumIdle(Math.min(2, settings.poolSize()));
        config.setConnectionTimeout(settings.connectionTimeout().toMillis());
        config.setValidationTimeout(Math.min(1000, settings.connectionTimeout().toMillis()));
        config.setInitializationFailTimeout(-1);
        config.setMaxLifetime(Duration.ofMinutes(20).toMillis());
        config.setKeepaliveTime(Duration.ofMinutes(2).toMillis());
        config.setMetricsTrackerFactory(new MicrometerMetricsTrackerFactory(registry));
        return new Database(settings, new HikariDataSource(config), registry);
    }

    /// For statements that need no transaction, and for JDBI's own interfaces. What it throws when
    /// the database goes away in the middle of a statement is JDBI's exception; {@link
    /// DatabaseUnavailableException#isCauseOf} tells.
    public Jdbi jdbi() {
        return jdbi;
    }

    public <R, X extends Exception> R withHandle(HandleCallback<R, X> callback) throws X {
        try {
            return jdbi.withHandle(callback);
        } catch (RuntimeException e) {
            throw translated(e);
        }
    }

    public <X extends Exception> void useHandle(HandleConsumer<X> callback) throws X {
        withHandle(
                handle -> {
                    callback.useHandle(handle);
                    return (Void) null;
                });
    }

    /// Runs the callback in a transaction: committed when it returns, rolled back when it throws.
    /// After a deadlock, where the server has rolled all of it back, the callback runs again; so it
    /// must do nothing but work on its handle.
    public <R, X extends Exception> R inTransaction(HandleCallback<R, X> callback) throws X {
        for (int attempt = 1; ; attempt++) {
            try {
                return jdbi.inTransaction(callback);
            } catch (RuntimeException e) {
                if (attempt < DEADLOCK_ATTEMPTS && isDeadlock(e)) {
                    deadlocks.increment();
                    log.debug("deadlock, attempt {}: {}", attempt, e.toString());
                    pause(
                            Duration.ofMillis(
                                    ThreadLocalRandom.current().nextLong(5, 40L * attempt)),
                            e);
                    continue;
                }
                throw translated(e);
            }
        }
    }

    public <X extends Exception> void useTransaction(HandleConsumer<X> callback) throws X {
        inTransaction(
                handle -> {
                    callback.useHandle(handle);
                    return (Void) null;
                });
    }

    /// Waits until the database answers, with a back-off of at most 5 s, and says what it waits
    /// for.
    public void awaitReady() throws InterruptedException {
        long started = System.nanoTime();
        long lastSaid = Long.MIN_VALUE;
        Duration backOff = Duration.ofMillis(100);
        while (true) {
            SQLException problem = tryPing();
            if (problem == null) {
                if (lastSaid != Long.MIN_VALUE) {
                    log.info("database {} answers now", settings.shownUrl());
                }
                checkDialect();
                return;
            }
            long now = System.nanoTime();
            if (lastSaid == Long.MIN_VALUE || now - lastSaid > Duration.ofSeconds(10).toNanos()) {
                log.warn(
                        "WAITING_FOR database {} (user {}) for {} s: {}",
                        settings.shownUrl(),
                        settings.user(),
                        Duration.ofNanos(now - started).toSeconds(),
                        rootMessage(problem));
                lastSaid = now;
            }
            Thread.sleep(backOff);
            backOff = backOff.multipliedBy(2);
            if (backOff.compareTo(LONGEST_BACK_OFF) > 0) {
                backOff = LONGEST_BACK_OFF;
            }
        }
    }

    /// Whether the database answers now; for health checks. Takes at most the connection time-out.
    public boolean isReady() {
        return tryPing() == null;
    }

    /// Waits for the database and brings the schema to the newest version. Several nodes may call
    /// it at once: the runner takes a lock in the database. Versions are compared over all
    /// locations together; a feature's older number that arrives later still runs.
    ///
    /// @param locations where the features' scripts are (`classpath:db/entry`), named
    ///   `V{n}__{what}.sql`
    /// @return how many scripts ran
    public int migrate(List<String> locations) throws InterruptedException {
        awaitReady();
        Flyway flyway =
                Flyway.configure()
                        .dataSource(pool)
                        .locations(locations.toArray(String[]::new))
                        .outOfOrder(true)
                        .validateMigrationNaming(true)
                        .failOnMissingLocations(true)
                        .table("schema_history")
                        .load();
        int applied = flyway.migrate().migrationsExecuted;
        log.info("database {}: {} migrations applied", settings.shownUrl(), applied);
        return applied;
    }

    @Override
    public void close() {
        pool.close();
    }

    private Connection connection() throws SQLException {
        try {
            return pool.getConnection();
        } catch (SQLException e) {
            throw new DatabaseUnavailableException(
                    "database " + settings.shownUrl() + ": " + rootMessage(e), e);
        }
    }

    private @Nullable SQLException tryPing() {
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            statement.setQueryTimeout(2);
            statement.execute("SELECT 1");
            return null;
        } catch (SQLException e) {
            return e;
        }
    }

    /// MariaDB before 11 introduces itself as 5.5.5, and the driver then silently drops fractions
    /// of seconds: leases would end early. The operator is told what to set.
    private void checkDialect() {
        if (dialectChecked) {
            return;
        }
        try (Connection connection = pool.getConnection();
                var query =
                        connection.prepareStatement("SELECT CAST(? AS DATETIME(6)), VERSION()")) {
            var sent = java.sql.Timestamp.valueOf("2020-01-01 00:00:00.123456");
            query.setTimestamp(1, sent);
            try (var row = query.executeQuery()) {
                row.next();
                String received = row.getString(1);
                String version = row.getString(2);
                if (!received.contains(".123456")) {
                    log.error(
                            "database {} ({}) loses fractions of seconds because the server"
                                    + " introduces itself as a version before 5.6: start it with"
                                    + " --version=5.7.19-{}",
                            settings.shownUrl(),
                            version,
                            version.replace("5.5.5-", ""));
                } else {
                    log.info("database {}: {}", settings.shownUrl(), version);
                }
                dialectChecked = true;
            }
        } catch (SQLException e) {
            log.debug("dialect check: {}", e.toString());
        }
    }

    private RuntimeException translated(RuntimeException e) {
        if (!(e instanceof DatabaseUnavailableException)
                && DatabaseUnavailableException.isCauseOf(e)) {
            return new DatabaseUnavailableException(
                    "database " + settings.shownUrl() + ": " + rootMessage(e), e);
        }
        return e;
    }

    private static boolean isDeadlock(Throwable e) {
        for (Throwable t = e; t != null; t = t.getCause()) {
            if (t instanceof SQLException sql
                    && ("40001".equals(sql.getSQLState()) || sql.getErrorCode() == 1213)) {
                return true;
            }
        }
        return false;
    }

    private static void pause(Duration duration, RuntimeException instead) {
        try {
            Thread.sleep(duration);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw instead;
        }
    }

    private static String rootMessage(Throwable e) {
        Throwable t = e;
        while (t.getCause() != null && t.getCause() != t) {
            t = t.getCause();
        }
        return String.valueOf(t.getMessage()).lines().findFirst().orElse("").strip();
    }
}
