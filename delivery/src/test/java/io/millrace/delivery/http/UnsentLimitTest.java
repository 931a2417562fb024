package io.millrace.delivery.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UnsentLimitTest {
    @ParameterizedTest
    @CsvSource({"0, 0", "536870912, 4", "25769803776, 192", "9223372036854775807, 2147483647"})
    void fewConnectionsKeepTheLargeBuffer(long memory, int free) {
        assertThat(UnsentLimit.ofMemory(memory).freeConnections()).isEqualTo(free);
    }

    @Test
    void whoComesWhileManyAreOpenHoldsLittleUnsent() {
        assumeTrue(Epoll.isAvailable());
        var channel = new EpollSocketChannel();
        try {
            Long before = channel.config().getOption(EpollChannelOption.TCP_NOTSENT_LOWAT);
            var limit = new UnsentLimit(3);
            limit.apply(channel, 3);
            assertThat(channel.config().getOption(EpollChannelOption.TCP_NOTSENT_LOWAT))
                    .isEqualTo(before);
            limit.apply(channel, 4);
            assertThat(channel.config().getOption(EpollChannelOption.TCP_NOTSENT_LOWAT))
                    .isEqualTo(UnsentLimit.BYTES);
        } finally {
            channel.unsafe().closeForcibly();
        }
        assertThatCode(() -> new UnsentLimit(0).apply(channel, 1)).doesNotThrowAnyException();
    }

    @Test
    void otherTransportsAreLeftAlone() {
        var channel = new NioSocketChannel();
        try {
            assertThatCode(() -> new UnsentLimit(0).apply(channel, 1)).doesNotThrowAnyException();
        } finally {
            channel.unsafe().closeForcibly();
        }
    }
}
