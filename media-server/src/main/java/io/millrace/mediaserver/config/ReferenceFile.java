package io.millrace.mediaserver.config;

import java.lang.reflect.InvocationTargetException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/// Writes the reference configuration, its docs page, and the configuration in force, all from the
/// records.
public final class ReferenceFile {
    private ReferenceFile() {}

    /// `conf/millrace.conf`: every key commented out at its default.
    public static String text() {
        var out = new StringBuilder();
        out.append(
                """
                # The configuration of Millrace. Every key is here, commented out, with its default.
                #
                # key = value, one a line; # starts a comment line. What is set here is overridden by the environment
                # (http.port -> MILLRACE_HTTP_PORT) and that by `--set http.port=8081`. Durations: 500ms 30s 5m 24h 7d.
                # Sizes: 64KB 16MB 2GB. Lists: a,b,c. An unknown key stops the start. `millrace config check` checks this
                # file, `millrace config show` prints what is in force.
                """);
        for (var section : MillraceConfig.sections()) {
            for (SettingKey key : SettingKey.of(section)) {
                out.append("\n# ")
                        .append(key.setting().help())
                        .append(" (")
                        .append(key.setting().unit())
                        .append(")\n");
                out.append("#")
                        .append(key.name())
                        .append(" = ")
                        .append(key.setting().value())
                        .append('\n');
            }
        }
        return out.toString().replace(" = \n", " =\n");
    }

    /// `docs/configuration.md`.
    public static String markdown() {
        var out = new StringBuilder();
        out.append(
                """
                # Configuration

                This page is written from the records in `io.millrace.mediaserver.config`; a test keeps it equal to them. The
                commented file with the same keys is `conf/millrace.conf`. Later wins: defaults, the file
                (`--config FILE`, or `conf/millrace.conf` of the distribution), environment variables, `--set key=value`.
                """);
        for (var section : MillraceConfig.sections()) {
            String name = section.getSimpleName().replace("Config", "");
            out.append("\n## ")
                    .append(name)
                    .append("\n\n| key | default | unit | what |\n|---|---|---|---|\n");
            for (SettingKey key : SettingKey.of(section)) {
                Setting setting = key.setting();
                out.append("| `").append(key.name()).append("` | ");
                out.append(setting.value().isEmpty() ? "" : "`" + setting.value() + "`")
                        .append(" | ");
                out.append(setting.unit().replace("|", "\\|"))
                        .append(" | ")
                        .append(setting.help())
                        .append(" |\n");
            }
        }
        return out.toString();
    }

    /// The configuration in force, secrets masked; it can be read back except for the masked
    /// values.
    public static String effective(MillraceConfig config) {
        var out = new StringBuilder();
        for (var section : MillraceConfig.sections()) {
            for (SettingKey key : SettingKey.of(section)) {
                Object value;
                try {
                    var accessor = key.component().getAccessor();
                    value = accessor.invoke(config.section(section));
                } catch (IllegalAccessException | InvocationTargetException e) {
                    throw new IllegalStateException(key.name(), e);
                }
                String text = wire(value);
                out.append(key.name())
                        .append(" = ")
                        .append(key.setting().secret() && !text.isEmpty() ? "(hidden)" : text);
                out.append('\n');
            }
        }
        return out.toString();
    }

    private static String wire(Object value) {
        return switch (value) {
            case Duration d -> d.toMillis() % 1000 == 0 ? d.toSeconds() + "s" : d.toMillis() + "ms";
            case ByteSize size -> Long.toString(size.bytes());
            case Enum<?> constant -> constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
            case List<?> list -> String.join(",", list.stream().map(ReferenceFile::wire).toList());
            default -> String.valueOf(value);
        };
    }
}
