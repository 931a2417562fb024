package io.millrace.delivery.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;

class RequestBodyTest {
    private static final int PIECE = 16 << 10;

    private final AtomicInteger wanted = new AtomicInteger();
    private final RequestBody body = new RequestBody(wanted::incrementAndGet);

    private boolean offer() {
        return body.offer(Unpooled.wrappedBuffer(new byte[PIECE]));
    }

    private void read(int pieces) throws IOException {
        assertThat(body.readNBytes(pieces * PIECE)).hasSize(pieces * PIECE);
    }

    /// The connection stopped at 256 KB. What it had decoded by then comes while the reader is
    /// between the two marks, and must not make anybody forget that the connection waits.
    @Test
    void asksForMoreThoughSomethingCameWhileItHeldBack() throws IOException {
        for (int i = 1; i < 16; i++) {
            assertThat(offer()).as("piece %s", i).isFalse();
        }
        assertThat(offer()).isTrue();
        read(4);
        assertThat(offer()).as("held back until the reader asks").isTrue();
        assertThat(wanted).hasValue(0);
        read(9);
        assertThat(wanted).as("at 64 KB").hasValue(1);
        assertThat(offer()).isFalse();
        read(5);
        assertThat(wanted).hasValue(1);
    }
}
