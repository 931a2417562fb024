package io.millrace.storage.failpoint;

import org.jspecify.annotations.Nullable;

import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;

/// Named points of the code that halt the JVM, as `kill -9` would, when the process was started for
/// it: `MILLRACE_FAILPOINT=recording-fragment-written:3` (or the system property
/// `millrace.failpoint`) halts at the third passing of that point; without a number at the first.
///
/// Which point is armed is read once; a process without one pays a comparison with a constant,
/// which the compiler drops. Thread-safe.
public final class Failpoints {
    /// What a halted process exits with, as a killed one does.
    public static final int EXIT_CODE = 137;

    public static final String PROPERTY = "millrace.failpoint";
    public static final String VARIABLE = "MILLRACE_FAILPOINT";

    private static final @Nullable Armed ARMED = armed(setting());
    private static final ScopedValue<Boolean> UNCOUNTED = ScopedValue.newInstance();

    /// @param left passings until the halt
    record Armed(String name, AtomicInteger left) {}

    private Failpoints() {}

    private static @Nullable String setting() {
        String property = System.getProperty(PROPERTY);
        return property == null ? System.getenv(VARIABLE) : property;
    }

    static @Nullable Armed armed(@Nullable String setting) {
        if (setting == null || setting.isBlank()) {
            return null;
        }
        String text = setting.strip().toLowerCase(Locale.ROOT);
        int colon = text.indexOf(':');
        int passing = colon < 0 ? 1 : Integer.parseInt(text.substring(colon + 1));
        if (passing < 1) {
            throw new IllegalArgumentException(
                    VARIABLE + ": " + setting + " (expected: name or name:number, from 1)");
        }
        return new Armed(colon < 0 ? text : text.substring(0, colon), new AtomicInteger(passing));
    }

    /// Dies here when this is the armed point's turn.
    public static void reached(String name) {
        Armed armed = ARMED;
        if (armed != null
                && armed.name().equals(name)
                && !UNCOUNTED.isBound()
                && armed.left().decrementAndGet() == 0) {
            Runtime.getRuntime().halt(EXIT_CODE);
        }
    }

    /// Whether a point is armed: for code that has to do something in two steps for it.
    public static boolean isArmed(String name) {
        return ARMED != null && ARMED.name().equals(name) && !UNCOUNTED.isBound();
    }

    /// Does what is no part of the server's work: points that it passes on this thread do not
    /// count.
    public static void uncounted(Runnable action) {
        ScopedValue.where(UNCOUNTED, true).run(action);
    }
}
