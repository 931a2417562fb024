package io.millrace.delivery.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.epoll.EpollChannelOption;

import java.lang.management.ManagementFactory;

/// Keeps thousands of connections from filling the memory that the kernel has for TCP.
///
/// A send buffer grows to 4 MB (`tcp_wmem`), which a whole segment fits into; all sockets together
/// may hold about a sixteenth of the machine's memory (`tcp_mem`). Past that the kernel drops what
/// arrives, and everybody waits for retransmission time-outs that double each time: of 2000 clients
/// that read 2 Mbit/s one waited 18 s. Few connections keep the large buffer, for they are fed with
/// fewer calls, at half the CPU; those that come while many are open hold little unsent.
///
/// Linux only, where epoll is used; elsewhere nothing is done. Immutable.
///
/// @param freeConnections so many open ones are left as they are
record UnsentLimit(int freeConnections) {
    /// As for live streams.
    static final int BYTES = 128 << 10;

    private static final long LARGEST_SEND_BUFFER = 4 << 20;

    /// Half of what the kernel allows by default, each with the largest buffer.
    private static final int SHARE_OF_MEMORY = 32;

    static UnsentLimit ofThisMachine() {
        return ManagementFactory.getOperatingSystemMXBean()
                        instanceof com.sun.management.OperatingSystemMXBean system
                ? ofMemory(system.getTotalMemorySize())
                : ofMemory(0);
    }

    static UnsentLimit ofMemory(long bytes) {
        return new UnsentLimit(
                Math.toIntExact(
                        Math.min(
                                Integer.MAX_VALUE, bytes / SHARE_OF_MEMORY / LARGEST_SEND_BUFFER)));
    }

    /// @param channel just accepted
    /// @param open connections, with this one
    void apply(Channel channel, int open) {
        if (open <= freeConnections) {
            return;
        }
        try {
            channel.config().setOption(EpollChannelOption.TCP_NOTSENT_LOWAT, (long) BYTES);
        } catch (ChannelException _) {
            return; // closed meanwhile: whoever writes is told
        }
    }
}
