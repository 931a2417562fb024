package io.millrace.storage.sql;

import org.jdbi.v3.core.argument.AbstractArgumentFactory;
import org.jdbi.v3.core.argument.Argument;
import org.jdbi.v3.core.config.ConfigRegistry;
import org.jdbi.v3.core.mapper.ColumnMapper;

import java.sql.Types;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/// `Instant` as `datetime(n)` in UTC, through `LocalDateTime`, so that no time zone of driver,
/// server or JVM takes part.
final class InstantColumns {
    static final ColumnMapper<Instant> MAPPER =
            (row, column, _) -> {
                LocalDateTime value = row.getObject(column, LocalDateTime.class);
                return value == null ? null : value.toInstant(ZoneOffset.UTC);
            };

    private InstantColumns() {}

    static final class ArgumentFactory extends AbstractArgumentFactory<Instant> {
        ArgumentFactory() {
            super(Types.TIMESTAMP);
        }

        @Override
        protected Argument build(Instant value, ConfigRegistry config) {
            LocalDateTime utc = LocalDateTime.ofInstant(value, ZoneOffset.UTC);
            return (position, statement, _) -> statement.setObject(position, utc);
        }
    }
}
