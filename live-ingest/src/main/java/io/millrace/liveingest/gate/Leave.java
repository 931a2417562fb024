package io.millrace.liveingest.gate;

import io.millrace.liveingest.gate.PlayGate.Verdict;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// What is known of one viewer: asked about, allowed, refused, or that nobody could say. What waits
/// belongs to {@link StreamViewers}, under its lock; the rest is thread-safe.
final class Leave {
    /// After the last request.
    static final Duration YES = Duration.ofSeconds(60);

    static final Duration NO = Duration.ofSeconds(30);

    /// Players ask several times a second, each of them.
    static final Duration UNKNOWN = Duration.ofSeconds(2);

    /// How long it is known what somebody came with who has stopped asking: players that pause go
    /// on with URLs that do not say it again.
    static final Duration LAPSED = Duration.ofMinutes(30);

    private static final int MAX_PARAMETERS = 1024;

    /// Within this, requests are one: who shares this object does not write to it all the time.
    private static final long SAME_NANOS = 1_000_000_000;

    private final Map<String, String> parameters;
    private volatile @Nullable Verdict verdict;
    private volatile long untilNanos;
    private List<Waiting> waiting = new ArrayList<>(2);

    /// @param parameters he came with; kept when they are short
    Leave(Map<String, String> parameters) {
        int size = 0;
        for (Map.Entry<String, String> parameter : parameters.entrySet()) {
            size += parameter.getKey().length() + parameter.getValue().length();
        }
        this.parameters = size > MAX_PARAMETERS ? Map.of() : parameters;
    }

    /// What he came with; nothing of who was refused.
    Map<String, String> parameters() {
        return verdict instanceof Verdict.Refused ? Map.of() : parameters;
    }

    /// Null while nobody has answered.
    @Nullable Verdict verdict() {
        return verdict;
    }

    boolean holds(long nowNanos) {
        return verdict == null || untilNanos - nowNanos > 0;
    }

    /// Whether it is of use: it holds, or tells what somebody came with who may come back.
    boolean isWorthKeeping(long nowNanos) {
        return holds(nowNanos)
                || (!(verdict instanceof Verdict.Refused)
                        && !parameters.isEmpty()
                        && untilNanos + LAPSED.toNanos() - nowNanos > 0);
    }

    boolean isRefusal() {
        return verdict instanceof Verdict.Refused || verdict instanceof Verdict.Unknown;
    }

    /// Whether he may watch; if so, he does.
    boolean watches(long nowNanos) {
        if (!(verdict instanceof Verdict.Allowed) || untilNanos - nowNanos <= 0) {
            return false;
        }
        long until = nowNanos + YES.toNanos();
        if (until - untilNanos > SAME_NANOS) {
            untilNanos = until;
        }
        return true;
    }

    /// Whether he was allowed and has been silent for so long.
    boolean isSilent(Duration since, long nowNanos) {
        return verdict instanceof Verdict.Allowed
                && nowNanos - (untilNanos - YES.toNanos()) > since.toNanos();
    }

    void await(Waiting request) {
        waiting.add(request);
    }

    /// @return who waited for it
    List<Waiting> answer(Verdict said, long nowNanos) {
        untilNanos =
                nowNanos
                        + switch (said) {
                            case Verdict.Allowed _ -> YES.toNanos();
                            case Verdict.Refused _ -> NO.toNanos();
                            case Verdict.Unknown _ -> UNKNOWN.toNanos();
                        };
        verdict = said;
        List<Waiting> all = waiting;
        waiting = List.of();
        return all;
    }
}
