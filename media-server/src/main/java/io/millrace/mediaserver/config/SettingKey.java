package io.millrace.mediaserver.config;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// A key as the records declare it.
record SettingKey(Class<? extends Record> section, RecordComponent component, Setting setting) {
    static List<SettingKey> of(Class<? extends Record> section) {
        var keys = new ArrayList<SettingKey>();
        for (RecordComponent component : section.getRecordComponents()) {
            Setting setting = component.getAnnotation(Setting.class);
            if (setting == null) {
                throw new IllegalStateException(
                        section.getSimpleName() + "." + component.getName() + ": no @Setting");
            }
            keys.add(new SettingKey(section, component, setting));
        }
        return keys;
    }

    String name() {
        return setting.key();
    }

    /// `http.max-connections` → `MILLRACE_HTTP_MAX_CONNECTIONS`.
    String environmentVariable() {
        return "MILLRACE_" + name().toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }

    /// Reads a value as a user wrote it.
    ///
    /// @throws IllegalArgumentException with what was expected
    Object parse(String text) {
        Class<?> type = component.getType();
        String value = text.strip();
        if (type == String.class) {
            return value;
        }
        if (type == List.class) {
            List<String> items =
                    value.isEmpty()
                            ? List.of()
                            : Arrays.stream(value.split(",")).map(String::strip).toList();
            var element =
                    ((ParameterizedType) component.getGenericType()).getActualTypeArguments()[0];
            return element == String.class
                    ? items
                    : items.stream().map(item -> constant((Class<?>) element, item)).toList();
        }
        if (type == boolean.class) {
            return switch (value) {
                case "true" -> true;
                case "false" -> false;
                default -> throw expected("true or false");
            };
        }
        if (type == int.class) {
            return Math.toIntExact(bounded(number(value), ""));
        }
        if (type == long.class) {
            return bounded(number(value), "");
        }
        if (type == Duration.class) {
            Duration duration = duration(value);
            bounded(duration.toSeconds(), " s");
            return duration;
        }
        if (type == ByteSize.class) {
            try {
                ByteSize size = ByteSize.parse(value);
                bounded(size.bytes(), " bytes");
                return size;
            } catch (NumberFormatException | ArithmeticException _) {
                throw expected("a size such as 64KB, 16MB or 2GB");
            }
        }
        if (type.isEnum()) {
            return constant(type, value);
        }
        throw new IllegalStateException(
                name() + ": type " + type + " is not known to the configuration");
    }

    private static Object constant(Class<?> type, String value) {
        for (Object constant : type.getEnumConstants()) {
            if (wireName(constant).equals(value)) {
                return constant;
            }
        }
        throw expected(
                "one of "
                        + String.join(
                                ", ",
                                Arrays.stream(type.getEnumConstants())
                                        .map(SettingKey::wireName)
                                        .toList()));
    }

    private static String wireName(Object constant) {
        return ((Enum<?>) constant).name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private long number(String value) {
        try {
            return Long.parseLong(value);
        } catch (NumberFormatException _) {
            throw expected("a whole number");
        }
    }

    private Duration duration(String value) {
        var matcher = java.util.regex.Pattern.compile("(\\d{1,9})\\s*(ms|s|m|h|d)").matcher(value);
        if (!matcher.matches()) {
            throw expected("a duration such as 500ms, 30s, 5m, 24h or 7d");
        }
        long amount = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            case "m" -> Duration.ofMinutes(amount);
            case "h" -> Duration.ofHours(amount);
            default -> Duration.ofDays(amount);
        };
    }

    private long bounded(long value, String unit) {
        if (value < setting.min() || value > setting.max()) {
            String range =
                    setting.max() == Long.MAX_VALUE
                            ? "at least " + setting.min() + unit
                            : setting.min() + ".." + setting.max() + unit;
            throw expected(range);
        }
        return value;
    }

    private static IllegalArgumentException expected(String what) {
        return new IllegalArgumentException("expected " + what);
    }
}
