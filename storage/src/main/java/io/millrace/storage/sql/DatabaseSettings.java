package io.millrace.storage.sql;

import java.time.Duration;

/// Where the database is.
///
/// @param url `jdbc:mysql://host:port/schema`, with or without properties; ours are added where the
///   operator did not choose
/// @param password hidden in {@link #toString}
/// @param poolSize connections at most
/// @param connectionTimeout how long a call waits for a connection before it is told that the
///   database is unavailable
public record DatabaseSettings(
        String url, String user, String password, int poolSize, Duration connectionTimeout) {
    public static final Duration DEFAULT_CONNECTION_TIMEOUT = Duration.ofSeconds(3);

    public DatabaseSettings {
        if (!url.startsWith("jdbc:mysql:")) {
            throw new IllegalArgumentException(
                    "database.url: " + url + " (expected: jdbc:mysql://host:port/schema)");
        }
        if (poolSize < 1 || poolSize > 1000) {
            throw new IllegalArgumentException(
                    "database.poolSize: " + poolSize + " (expected: 1..1000)");
        }
        if (connectionTimeout.toMillis() < 250) {
            throw new IllegalArgumentException(
                    "database.connectionTimeout: " + connectionTimeout + " (expected: >= 250 ms)");
        }
    }

    public DatabaseSettings(String url, String user, String password, int poolSize) {
        this(url, user, password, poolSize, DEFAULT_CONNECTION_TIMEOUT);
    }

    /// The URL without its properties, which may hold a secret.
    public String shownUrl() {
        int properties = url.indexOf('?');
        return properties < 0 ? url : url.substring(0, properties);
    }

    @Override
    public String toString() {
        return "DatabaseSettings[" + shownUrl() + ", user=" + user + ", poolSize=" + poolSize + "]";
    }
}
