package io.millrace.storage.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

class PipedChildTest {
    private static final byte[] NOTHING = {};

    static Stream<Sandbox> sandboxes() throws InterruptedException {
        Sandbox detected = Sandbox.detect();
        return detected.isBubblewrap() ? Stream.of(detected, Sandbox.plain()) : Stream.of(detected);
    }

    @ParameterizedTest
    @MethodSource("sandboxes")
    void givesBackMoreThanAPipeHolds(Sandbox sandbox) throws Exception {
        byte[] piece = new byte[700_000];
        Arrays.fill(piece, (byte) 'x');
        PipedChild.Result result =
                child(sandbox, 2 << 20)
                        .run("test", shell("cat; echo said >&2"), List.of(piece, piece));
        assertThat(result.outcome()).isEqualTo(new ChildOutcome.Exited(0, List.of("said")));
        assertThat(result.output()).hasSize(1_400_000).containsOnly('x');
    }

    @ParameterizedTest
    @MethodSource("sandboxes")
    void aChildThatReadsNothingIsNoFailure(Sandbox sandbox) throws Exception {
        PipedChild.Result result =
                child(sandbox, 1 << 20)
                        .run("test", shell("echo enough; exit 3"), List.of(new byte[1 << 20]));
        assertThat(result.outcome()).isEqualTo(new ChildOutcome.Exited(3, List.of()));
        assertThat(result.output()).asString().isEqualTo("enough\n");
    }

    @ParameterizedTest
    @MethodSource("sandboxes")
    void endsAtTheWallClockWhatHoldsThePipe(Sandbox sandbox) throws Exception {
        String marker = "sleep 95" + System.nanoTime() % 1000;
        var limits =
                new ChildLimits(
                        Duration.ofMillis(600),
                        Duration.ofHours(1),
                        Duration.ofSeconds(9),
                        9,
                        1L << 32);
        PipedChild.Result result =
                new PipedChild(sandbox, Sandbox.View.pipes(List.of()), limits)
                        .run(
                                "test",
                                shell("(setsid setsid " + marker + " & ); " + marker),
                                List.of(NOTHING));
        assertThat(result.outcome())
                .isEqualTo(new ChildOutcome.Ended(ChildOutcome.Reason.WALL_CLOCK, List.of()));
        await().atMost(Duration.ofSeconds(60)).until(() -> !isRunning(marker));
    }

    @ParameterizedTest
    @MethodSource("sandboxes")
    void endsAtTheOutputLimit(Sandbox sandbox) throws Exception {
        PipedChild.Result result =
                child(sandbox, 100_000).run("test", shell("cat /dev/zero"), List.of(NOTHING));
        assertThat(result.outcome())
                .isEqualTo(new ChildOutcome.Ended(ChildOutcome.Reason.OUTPUT_SIZE, List.of()));
        assertThat(result.output()).hasSizeLessThanOrEqualTo(100_000);
    }

    @ParameterizedTest
    @MethodSource("sandboxes")
    void closingEndsWhatRuns(Sandbox sandbox) throws Exception {
        String marker = "sleep 94" + System.nanoTime() % 1000;
        PipedChild child = child(sandbox, 1 << 20);
        try (var threads = Executors.newSingleThreadExecutor()) {
            Future<PipedChild.Result> running =
                    threads.submit(() -> child.run("test", shell(marker), List.of(NOTHING)));
            await().atMost(Duration.ofSeconds(60)).until(() -> isRunning(marker));
            child.close();
            assertThat(running.get(60, TimeUnit.SECONDS).outcome())
                    .isEqualTo(new ChildOutcome.Ended(ChildOutcome.Reason.CANCELLED, List.of()));
        }
        assertThat(isRunning(marker)).isFalse();
    }

    @ParameterizedTest
    @MethodSource("sandboxes")
    void theSandboxHasNoFolderOfOurs(Sandbox sandbox) throws Exception {
        org.junit.jupiter.api.Assumptions.assumeTrue(sandbox.isBubblewrap());
        PipedChild.Result result =
                child(sandbox, 1 << 20)
                        .run(
                                "test",
                                shell("pwd; ls /tmp /home /var /etc/passwd"),
                                List.of(NOTHING));
        assertThat(result.output()).asString().isEqualTo("/tmp\n/tmp:\n");
    }

    private static PipedChild child(Sandbox sandbox, long outputBytes) {
        Duration enough = Duration.ofSeconds(20);
        return new PipedChild(
                sandbox,
                Sandbox.View.pipes(List.of()),
                new ChildLimits(enough, enough, enough, outputBytes, 1L << 32));
    }

    private static List<String> shell(String script) {
        return List.of("/bin/sh", "-c", script);
    }

    private static boolean isRunning(String commandLine) {
        return ProcessHandle.allProcesses()
                .anyMatch(
                        process ->
                                process.info()
                                        .commandLine()
                                        .filter(line -> line.endsWith(commandLine))
                                        .filter(line -> !line.contains("sh -c"))
                                        .isPresent());
    }
}
