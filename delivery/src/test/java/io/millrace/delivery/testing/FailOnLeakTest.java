package io.millrace.delivery.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;

import org.junit.jupiter.api.Test;

class FailOnLeakTest {
    @Test
    void findsABufferThatNobodyReleased() throws InterruptedException {
        assertThat(FailOnLeak.collect()).isEmpty();
        leak();
        assertThat(FailOnLeak.collect())
                .hasSize(1)
                .first()
                .asString()
                .contains("FailOnLeakTest.leak");
    }

    private static void leak() {
        ByteBufAllocator.DEFAULT.directBuffer(1234).writeInt(1);
    }
}
