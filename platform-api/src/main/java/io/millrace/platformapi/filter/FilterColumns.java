package io.millrace.platformapi.filter;

import io.millrace.platformapi.model.ApiObject;
import io.millrace.platformapi.model.Filter;

import org.jspecify.annotations.Nullable;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Which columns the properties of one list's filter have. Reads a filter's members by name
/// (`statusIn`, `tagsNameMultiLikeOr`: property, then test, kaltura-v3 e.1); a member whose
/// property is not named here is left to the feature. Immutable once built, thread-safe.
public final class FilterColumns {
    /// Values of one `In` at most; more than that is no list but a table.
    private static final int MAX_VALUES = 1000;

    /// The tests, longest name first where one ends another.
    private enum Test {
        GREATER_THAN_OR_EQUAL_OR_NULL("GreaterThanOrEqualOrNull"),
        LESS_THAN_OR_EQUAL_OR_NULL("LessThanOrEqualOrNull"),
        GREATER_THAN_OR_EQUAL("GreaterThanOrEqual"),
        LESS_THAN_OR_EQUAL("LessThanOrEqual"),
        MULTI_LIKE_OR("MultiLikeOr"),
        MULTI_LIKE_AND("MultiLikeAnd"),
        GREATER_THAN("GreaterThan"),
        LESS_THAN("LessThan"),
        STARTS_WITH("StartsWith"),
        NOT_EQUAL("NotEqual"),
        NOT_IN("NotIn"),
        EQUAL("Equal"),
        LIKE("Like"),
        IN("In");

        private final String suffix;

        Test(String suffix) {
            this.suffix = suffix;
        }
    }

    private record Property(List<String> columns, boolean numeric) {}

    private final Map<String, Property> properties = new LinkedHashMap<>();

    /// A property that is text, in one column or, as `tagsName`, in several.
    public FilterColumns text(String property, String... columns) {
        properties.put(property, new Property(List.of(columns), false));
        return this;
    }

    public FilterColumns number(String property, String column) {
        properties.put(property, new Property(List.of(column), true));
        return this;
    }

    /// Adds a condition for each member that is set.
    public void apply(@Nullable Filter filter, Conditions conditions) {
        if (filter == null) {
            return;
        }
        for (Class<?> type = filter.getClass(); type != ApiObject.class; ) {
            for (Field field : type.getDeclaredFields()) {
                if (!Modifier.isStatic(field.getModifiers())
                        && Modifier.isPublic(field.getModifiers())) {
                    apply(field, filter, conditions);
                }
            }
            Class<?> parent = type.getSuperclass();
            if (parent == null) {
                break;
            }
            type = parent;
        }
    }

    /// `+createdAt,-name` as an ORDER BY clause with a stable end; what it does not know is left
    /// out.
    public String orderBy(@Nullable Filter filter, String defaultOrder, String idColumn) {
        var terms = new ArrayList<String>();
        String asked = filter == null || filter.orderBy == null ? "" : filter.orderBy;
        for (String term : asked.split(",")) {
            String name = term.strip();
            boolean descending = name.startsWith("-");
            if (descending || name.startsWith("+")) {
                name = name.substring(1);
            }
            Property property = properties.get(name);
            if (property != null && property.columns.size() == 1) {
                terms.add(property.columns.getFirst() + (descending ? " DESC" : " ASC"));
            }
        }
        if (terms.isEmpty()) {
            terms.add(defaultOrder);
        }
        terms.add(idColumn + " ASC");
        return " ORDER BY " + String.join(", ", terms);
    }

    private void apply(Field field, Filter filter, Conditions conditions) {
        Object value;
        try {
            value = field.get(filter);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException("filter field: " + field, e);
        }
        if (value == null || value.equals("")) {
            return;
        }
        for (Test test : Test.values()) {
            if (field.getName().endsWith(test.suffix)) {
                Property property =
                        properties.get(
                                field.getName()
                                        .substring(
                                                0,
                                                field.getName().length() - test.suffix.length()));
                if (property != null) {
                    add(property, test, value.toString(), conditions);
                }
                return;
            }
        }
    }

    private static void add(Property property, Test test, String value, Conditions to) {
        String column = property.columns.getFirst();
        switch (test) {
            case EQUAL -> {
                List<Object> one = values(property, value, true);
                to.in(column, one);
            }
            case NOT_EQUAL -> to.notIn(column, values(property, value, true));
            case IN -> to.in(column, values(property, value, false));
            case NOT_IN -> to.notIn(column, values(property, value, false));
            case LIKE -> to.and(anyLike(property, value, to));
            case MULTI_LIKE_OR -> multiLike(property, value, " OR ", to);
            case MULTI_LIKE_AND -> multiLike(property, value, " AND ", to);
            case STARTS_WITH ->
                    to.and(column + " LIKE " + to.bind(escaped(value) + "%") + " ESCAPE '!'");
            case GREATER_THAN -> compare(property, ">", value, false, to);
            case LESS_THAN -> compare(property, "<", value, false, to);
            case GREATER_THAN_OR_EQUAL -> compare(property, ">=", value, false, to);
            case LESS_THAN_OR_EQUAL -> compare(property, "<=", value, false, to);
            case GREATER_THAN_OR_EQUAL_OR_NULL -> compare(property, ">=", value, true, to);
            case LESS_THAN_OR_EQUAL_OR_NULL -> compare(property, "<=", value, true, to);
        }
    }

    private static void compare(
            Property property, String operator, String value, boolean orNull, Conditions to) {
        List<Object> bound = values(property, value, true);
        if (bound.isEmpty()) {
            to.and("1 = 0");
            return;
        }
        String column = property.columns.getFirst();
        String test = column + " " + operator + " " + to.bind(bound.getFirst());
        to.and(orNull ? "(" + column + " IS NULL OR " + test + ")" : test);
    }

    private static void multiLike(Property property, String value, String joint, Conditions to) {
        var terms = new ArrayList<String>();
        for (Object term : values(new Property(property.columns, false), value, false)) {
            terms.add(anyLike(property, term.toString(), to));
        }
        if (!terms.isEmpty()) {
            to.and("(" + String.join(joint, terms) + ")");
        }
    }

    private static String anyLike(Property property, String value, Conditions to) {
        var tests = new ArrayList<String>();
        for (String column : property.columns) {
            tests.add(column + " LIKE " + to.bind("%" + escaped(value) + "%") + " ESCAPE '!'");
        }
        return "(" + String.join(" OR ", tests) + ")";
    }

    /// `%` and `_` mean themselves.
    private static String escaped(String value) {
        return value.replace("!", "!!").replace("%", "!%").replace("_", "!_");
    }

    /// A number that is none cannot equal anything: it drops out, and an empty list matches
    /// nothing.
    private static List<Object> values(Property property, String text, boolean single) {
        var values = new ArrayList<Object>();
        for (String part : single ? new String[] {text} : text.split(",", MAX_VALUES + 1)) {
            String value = part.strip();
            if (value.isEmpty() || values.size() == MAX_VALUES) {
                continue;
            }
            if (!property.numeric) {
                values.add(value);
                continue;
            }
            try {
                values.add((long) Double.parseDouble(value.toLowerCase(Locale.ROOT)));
            } catch (NumberFormatException _) {
                continue;
            }
        }
        return values;
    }
}
