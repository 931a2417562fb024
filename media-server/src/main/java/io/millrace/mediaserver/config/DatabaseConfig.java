package io.millrace.mediaserver.config;

/// Where the platform keeps its rows.
public record DatabaseConfig(
        @Setting(
                        key = "database.url",
                        value = "",
                        unit = "JDBC URL",
                        help =
                                "MySQL or MariaDB, for example jdbc:mysql://db1:3306/millrace. Empty: an embedded MariaDB below the data folder.")
                String url,
        @Setting(
                        key = "database.user",
                        value = "millrace",
                        unit = "text",
                        help = "User of the database.")
                String user,
        @Setting(
                        key = "database.password",
                        value = "",
                        unit = "text",
                        help = "Password of the database user.",
                        secret = true)
                String password,
        @Setting(
                        key = "database.pool-size",
                        value = "16",
                        unit = "connections",
                        help = "Connections kept to the database.",
                        min = 2,
                        max = 500)
                int poolSize) {}
