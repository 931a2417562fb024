package io.millrace.platformapi.filter;

import org.jdbi.v3.core.statement.SqlStatement;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Conditions of a WHERE clause, all of which must hold, with the values bound by name: nothing
/// from a client is ever part of the SQL text. One thread at a time.
public final class Conditions {
    private final List<String> clauses = new ArrayList<>();
    private final Map<String, @Nullable Object> values = new LinkedHashMap<>();

    /// Adds a clause of our own text; names in it are bound with {@link #bind}.
    public Conditions and(String clause) {
        clauses.add(clause);
        return this;
    }

    public Conditions equal(String column, Object value) {
        return and(column + " = " + bind(value));
    }

    public Conditions in(String column, Collection<?> accepted) {
        return and(accepted.isEmpty() ? "1 = 0" : column + " IN (" + bindAll(accepted) + ")");
    }

    public Conditions notIn(String column, Collection<?> refused) {
        if (!refused.isEmpty()) {
            and("(" + column + " IS NULL OR " + column + " NOT IN (" + bindAll(refused) + "))");
        }
        return this;
    }

    /// Binds a value and returns its place holder.
    public String bind(Object value) {
        String name = "c" + values.size();
        values.put(name, value);
        return ":" + name;
    }

    private String bindAll(Collection<?> all) {
        var names = new ArrayList<String>();
        for (Object value : all) {
            names.add(bind(value));
        }
        return String.join(", ", names);
    }

    /// With the keyword; always at least one condition.
    public String where() {
        return clauses.isEmpty() ? " WHERE 1 = 1" : " WHERE " + String.join(" AND ", clauses);
    }

    public <S extends SqlStatement<S>> S bindTo(S statement) {
        values.forEach(statement::bind);
        return statement;
    }
}
