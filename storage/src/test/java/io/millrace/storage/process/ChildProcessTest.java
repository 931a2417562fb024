package io.millrace.storage.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

class ChildProcessTest {
    private static final Sandbox SANDBOX = detect();

    @TempDir Path folder;

    private static Sandbox detect() {
        try {
            return Sandbox.detect();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    static Stream<Sandbox> sandboxes() {
        Sandbox detected = SANDBOX;
        return detected.isBubblewrap() ? Stream.of(detected, Sandbox.plain()) : Stream.of(detected);
    }

    @ParameterizedTest
    @MethodSource("sandboxes")
    void tellsOutputCodeAndLastErrors(Sandbox sandbox) throws Exception {
        List<String> lines = new ArrayList<>();
        ChildOutcome outcome =
                child(sandbox, limits(), "echo one; echo two; echo wrong >&2; exit 3")
                        .run(lines::add, () -> false);
        assertThat(outcome).isEqualTo(new ChildOutcome.Exited(3, List.of("wrong")));
        assertThat(lines).containsExactly("one", "two");
    }

    @ParameterizedTest
    @MethodSource("sandboxes")
    void keepsOnlyTheLastErrorsHoweverManyThereAre(Sandbox sandbox) throws Exception {
        ChildOutcome outcome =
                child(
                                sandbox,
                                limits(),
                                "i=0; while [ $i -lt 5000 ]; do echo line $i >&2; i=$((i+1)); done;"
                                        + " head -c 100000 /dev/zero | tr '\\0' x >&2")
                        .run(_ -> {}, () -> false);
        assertThat(outcome.lastErrorLines()).hasSize(40);
        assertThat(outcome.lastErrorLines().getLast()).hasSize(2000);
    }

    /// The descendants ignore signals, leave the group and lose their parents; none survives.
    @ParameterizedTest
    @MethodSource("sandboxes")
    void aHungChildIsKilledWithAllItsDescendants(Sandbox sandbox) throws Exception {
        String marker = "sleep 98" + System.nanoTime() % 1000;
        var cancelled = new AtomicBoolean();
        List<String> lines = new CopyOnWriteArrayList<>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<ChildOutcome> running =
                    threads.submit(
                            () ->
                                    child(
                                                    sandbox,
                                                    limits(),
                                                    "trap '' TERM INT HUP; "
                                                            + marker
                                                            + " & setsid "
                                                            + marker
                                                            + " & (setsid setsid "
                                                            + marker
                                                            + " & ) ; echo started; wait; "
                                                            + marker)
                                            .run(lines::add, cancelled::get));
            await().atMost(Duration.ofSeconds(60)).until(() -> lines.contains("started"));
            await().atMost(Duration.ofSeconds(60)).until(() -> processes(marker) >= 3);
            cancelled.set(true);
            assertThat(running.get(60, TimeUnit.SECONDS))
                    .isEqualTo(new ChildOutcome.Ended(ChildOutcome.Reason.CANCELLED, List.of()));
        }
        assertThat(processes(marker)).isZero();
    }

    @ParameterizedTest
    @MethodSource("sandboxes")
    void leavesNoDaemonBehindAfterANormalEnd(Sandbox sandbox) throws Exception {
        String marker = "sleep 97" + System.nanoTime() % 1000;
        ChildOutcome outcome =
                child(sandbox, limits(), "(setsid " + marker + " & ); exit 0")
                        .run(_ -> {}, () -> false);
        assertThat(outcome).isInstanceOf(ChildOutcome.Exited.class);
        assertThat(processes(marker)).isZero();
    }

    @Test
    void endsAtTheWallClock() throws Exception {
        assertThat(
                        reason(
                                new ChildLimits(ms(500), ms(60_000), ms(60_000), 1 << 20, 1L << 32),
                                "while true; do echo x; sleep 0.05; done"))
                .isEqualTo(ChildOutcome.Reason.WALL_CLOCK);
    }

    @Test
    void endsWithoutProgress() throws Exception {
        assertThat(
                        reason(
                                new ChildLimits(ms(60_000), ms(500), ms(60_000), 1 << 20, 1L << 32),
                                "while true; do echo x; sleep 0.05; done"))
                .isEqualTo(ChildOutcome.Reason.NO_PROGRESS);
    }

    @Test
    void endsAtTheOutputLimit() throws Exception {
        assertThat(
                        reason(
                                new ChildLimits(
                                        ms(30_000), ms(30_000), ms(60_000), 3 << 20, 1L << 32),
                                "i=0; while true; do i=$((i+1)); head -c 500000 /dev/zero > f$i; sleep 0.02; done"))
                .isEqualTo(ChildOutcome.Reason.OUTPUT_SIZE);
    }

    @Test
    void endsAtTheCpuLimit() throws Exception {
        assertThat(
                        reason(
                                new ChildLimits(
                                        ms(60_000), ms(60_000), ms(1_000), 1 << 20, 1L << 32),
                                "while true; do :; done"))
                .isEqualTo(ChildOutcome.Reason.CPU);
    }

    @Test
    void anInterruptEndsTheChild() throws Exception {
        String marker = "sleep 96" + System.nanoTime() % 1000;
        Thread runner =
                Thread.ofVirtual()
                        .start(
                                () ->
                                        assertThatThrownBy(
                                                        () ->
                                                                child(SANDBOX, limits(), marker)
                                                                        .run(_ -> {}, () -> false))
                                                .isInstanceOf(InterruptedException.class));
        await().atMost(Duration.ofSeconds(60)).until(() -> processes(marker) > 0);
        runner.interrupt();
        assertThat(runner.join(Duration.ofSeconds(10))).isTrue();
        assertThat(processes(marker)).isZero();
    }

    @Test
    void theSandboxHidesTheMachine() throws Exception {
        org.junit.jupiter.api.Assumptions.assumeTrue(SANDBOX.isBubblewrap(), SANDBOX.toString());
        Path secret = Files.writeString(folder.resolve("secret"), "hidden");
        Path input = Files.writeString(folder.resolve("input"), "seen");
        Path output = Files.createDirectory(folder.resolve("out"));
        List<String> lines = new ArrayList<>();
        String script =
                String.join(
                        "\n",
                        "cat " + input,
                        "echo; echo x >> " + input + " || echo input is read-only",
                        "cat " + secret + " || echo no secret",
                        "echo x > /usr/x || echo system is read-only",
                        "ls /home /etc/passwd /var 2>/dev/null",
                        "cat /proc/net/dev | grep -c eth",
                        "env | grep -c -i -E 'java|user|secret' ",
                        "echo made > made");
        new ChildProcess(
                        "test",
                        List.of("/bin/sh", "-c", script),
                        SANDBOX,
                        new Sandbox.View(List.of(), List.of(input), output),
                        limits())
                .run(lines::add, () -> false);
        assertThat(lines)
                .containsExactly(
                        "seen", "input is read-only", "no secret", "system is read-only", "0", "0");
        assertThat(output.resolve("made")).hasContent("made");
        assertThat(input).hasContent("seen");
    }

    private ChildOutcome.Reason reason(ChildLimits limits, String script) throws Exception {
        ChildOutcome outcome = child(SANDBOX, limits, script).run(_ -> {}, () -> false);
        assertThat(outcome).isInstanceOf(ChildOutcome.Ended.class);
        return ((ChildOutcome.Ended) outcome).reason();
    }

    private ChildProcess child(Sandbox sandbox, ChildLimits limits, String script) {
        return new ChildProcess(
                "test",
                List.of("/bin/sh", "-c", script),
                sandbox,
                new Sandbox.View(List.of(), List.of(), folder),
                limits);
    }

    private static ChildLimits limits() {
        return new ChildLimits(ms(30_000), ms(30_000), ms(30_000), 10 << 20, 4L << 30);
    }

    private static Duration ms(long millis) {
        return Duration.ofMillis(millis);
    }

    /// Processes whose command line is exactly this; seen from outside of any sandbox.
    private static long processes(String commandLine) {
        String wanted = commandLine.replace(' ', '\0') + '\0';
        try (Stream<Path> all = Files.list(Path.of("/proc"))) {
            return all.filter(p -> p.getFileName().toString().matches("[0-9]+"))
                    .filter(
                            p -> {
                                try {
                                    return Files.readString(p.resolve("cmdline")).equals(wanted);
                                } catch (java.io.IOException _) {
                                    return false;
                                }
                            })
                    .count();
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
