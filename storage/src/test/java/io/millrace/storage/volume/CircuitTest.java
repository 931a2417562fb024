package io.millrace.storage.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.storage.blob.StorageTimeoutException;
import io.millrace.storage.blob.StorageUnavailableException;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;

class CircuitTest {
    private final AtomicLong now = new AtomicLong(1);
    private final Circuit circuit = new Circuit("storage x", now::get);

    @Test
    void opensAfterSomeFailuresInARow() throws IOException {
        var timeout = new StorageTimeoutException("no answer");
        circuit.failed(timeout);
        circuit.failed(timeout);
        circuit.succeeded();
        circuit.failed(timeout);
        circuit.failed(timeout);
        circuit.enter();
        circuit.failed(timeout);
        assertThat(circuit.isOpen()).isTrue();
        assertThatThrownBy(circuit::enter)
                .isInstanceOf(StorageTimeoutException.class)
                .hasMessageContaining("no answer");
    }

    @Test
    void isProbedNowAndThenAndClosesWithTheFirstAnswer() throws IOException {
        for (int i = 0; i < Circuit.OPEN_AFTER; i++) {
            circuit.failed(new StorageUnavailableException("not reached"));
        }
        assertThatThrownBy(circuit::enter).isInstanceOf(StorageUnavailableException.class);
        now.addAndGet(Circuit.PROBE_EVERY.toNanos());
        circuit.enter();
        assertThatThrownBy(circuit::enter).isInstanceOf(StorageUnavailableException.class);
        circuit.succeeded();
        circuit.enter();
        circuit.enter();
        assertThat(circuit.isOpen()).isFalse();
    }
}
