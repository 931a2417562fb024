package io.millrace.mediaserver.config;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Reads the configuration: defaults, then the file, then the environment, then `--set`; the later
/// wins.
///
/// The file is UTF-8, `key = value` a line, `#` starts a comment line. Every problem of every
/// source is collected and thrown together; an unknown key names the nearest known one.
public final class ConfigReader {
    private static final String ENVIRONMENT_PREFIX = "MILLRACE_";

    /// Variables of the launcher's, which are not keys.
    private static final List<String> LAUNCHER_VARIABLES =
            List.of("MILLRACE_JAVA_HOME", "MILLRACE_JAVA_OPTS", "MILLRACE_HOME", "MILLRACE_CONFIG");

    private record Given(String text, String where) {}

    private final Map<Class<? extends Record>, List<SettingKey>> sections = new LinkedHashMap<>();
    private final Map<String, SettingKey> keys = new LinkedHashMap<>();
    private final Map<String, Given> given = new HashMap<>();
    private final List<ConfigProblem> problems = new ArrayList<>();

    public ConfigReader() {
        for (var section : MillraceConfig.sections()) {
            List<SettingKey> ofSection = SettingKey.of(section);
            sections.put(section, ofSection);
            for (SettingKey key : ofSection) {
                if (keys.put(key.name(), key) != null) {
                    throw new IllegalStateException("key declared twice: " + key.name());
                }
            }
        }
    }

    /// Gives a key another default, for a command whose users want it so; every source wins over
    /// it.
    public ConfigReader defaultTo(String key, String value) {
        give(key, value, "default of this command");
        return this;
    }

    public ConfigReader file(Path file) {
        List<String> lines;
        try {
            lines = Files.readAllLines(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            problems.add(new ConfigProblem(file.toString(), "can't be read: " + reason(e)));
            return this;
        }
        var seen = new HashMap<String, Integer>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (i == 0 && line.startsWith("\uFEFF")) {
                line = line.substring(1).strip();
            }
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            String where = file + ":" + (i + 1);
            int equals = line.indexOf('=');
            if (equals < 0) {
                problems.add(new ConfigProblem(where, "expected key = value, found: " + line));
                continue;
            }
            String key = line.substring(0, equals).strip();
            Integer earlier = seen.put(key, i + 1);
            if (earlier != null) {
                problems.add(new ConfigProblem(where, key + " is set already in line " + earlier));
            }
            give(key, line.substring(equals + 1).strip(), where);
        }
        return this;
    }

    public ConfigReader environment(Map<String, String> environment) {
        var byVariable = new HashMap<String, String>();
        keys.values().forEach(key -> byVariable.put(key.environmentVariable(), key.name()));
        environment.entrySet().stream()
                .filter(
                        e ->
                                e.getKey().startsWith(ENVIRONMENT_PREFIX)
                                        && !LAUNCHER_VARIABLES.contains(e.getKey()))
                .sorted(Map.Entry.comparingByKey())
                .forEach(
                        e -> {
                            String key = byVariable.get(e.getKey());
                            if (key == null) {
                                problems.add(
                                        new ConfigProblem(
                                                e.getKey(),
                                                "unknown variable; did you mean "
                                                        + nearest(e.getKey(), byVariable.keySet())
                                                        + "?"));
                            } else {
                                give(key, e.getValue(), e.getKey());
                            }
                        });
        return this;
    }

    /// An assignment of the command line, `key=value`.
    public ConfigReader set(String assignment) {
        int equals = assignment.indexOf('=');
        if (equals < 0) {
            problems.add(new ConfigProblem("--set " + assignment, "expected key=value"));
        } else {
            give(
                    assignment.substring(0, equals).strip(),
                    assignment.substring(equals + 1).strip(),
                    "--set");
        }
        return this;
    }

    private void give(String key, String value, String where) {
        if (keys.containsKey(key)) {
            given.put(key, new Given(value, where));
        } else {
            problems.add(
                    new ConfigProblem(
                            where,
                            "unknown key "
                                    + key
                                    + "; did you mean "
                                    + nearest(key, keys.keySet())
                                    + "?"));
        }
    }

    /// @throws ConfigException naming every problem of every source
    public MillraceConfig read() throws ConfigException {
        var read = new LinkedHashMap<Class<? extends Record>, Record>();
        sections.forEach(
                (section, ofSection) -> {
                    Record record = section(section, ofSection);
                    if (record != null) {
                        read.put(section, record);
                    }
                });
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        return MillraceConfig.of(read);
    }

    private @Nullable Record section(Class<? extends Record> section, List<SettingKey> ofSection) {
        int before = problems.size();
        var values = new ArrayList<Object>();
        for (SettingKey key : ofSection) {
            Given value = given.get(key.name());
            try {
                values.add(key.parse(value == null ? key.setting().value() : value.text()));
            } catch (IllegalArgumentException | ArithmeticException e) {
                String shown =
                        key.setting().secret() ? "(hidden)" : value == null ? "" : value.text();
                problems.add(
                        new ConfigProblem(
                                value == null ? "default" : value.where(),
                                key.name() + " = " + shown + ": " + e.getMessage()));
            }
        }
        if (problems.size() > before) {
            return null;
        }
        try {
            Class<?>[] types = new Class<?>[values.size()];
            for (int i = 0; i < types.length; i++) {
                types[i] = ofSection.get(i).component().getType();
            }
            return section.getDeclaredConstructor(types).newInstance(values.toArray());
        } catch (InvocationTargetException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            String text = String.valueOf(cause.getMessage());
            String key = text.contains(":") ? text.substring(0, text.indexOf(':')) : text;
            Given value = given.get(key);
            problems.add(new ConfigProblem(value == null ? "configuration" : value.where(), text));
            return null;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("section " + section.getSimpleName(), e);
        }
    }

    private static String reason(IOException e) {
        return e instanceof java.nio.file.NoSuchFileException
                ? "there is no such file"
                : String.valueOf(e.getMessage());
    }

    /// The known name with the smallest edit distance.
    private static String nearest(String name, Iterable<String> known) {
        String best = "";
        int bestDistance = Integer.MAX_VALUE;
        for (String candidate : known) {
            int distance = editDistance(name, candidate);
            if (distance < bestDistance) {
                best = candidate;
                bestDistance = distance;
            }
        }
        return best;
    }

    private static int editDistance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substitution = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substitution, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
