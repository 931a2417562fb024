package io.millrace.storage.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.io.InterruptedIOException;

class ChildStarterTest {
    /// Whoever is interrupted gets no process to end: it must have been ended for him.
    @Test
    void anInterruptedStartLeavesNoChild() {
        Thread.currentThread().interrupt();
        try {
            assertThatThrownBy(() -> ChildStarter.start(new ProcessBuilder("/bin/sleep", "61.5")))
                    .isInstanceOf(InterruptedIOException.class);
            assertThat(Thread.currentThread().isInterrupted()).isTrue();
        } finally {
            Thread.interrupted();
        }
        assertThat(ProcessHandle.current().descendants())
                .noneMatch(child -> child.info().commandLine().orElse("").contains("61.5"));
    }
}
