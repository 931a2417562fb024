package io.millrace.delivery.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;

/// Sees whether a socket takes anything of what waits for it. Its event loop only.
final class StallWatch {
    private final Channel channel;
    private long sinceNs;
    private long lastProgress;

    StallWatch(Channel channel) {
        this.channel = channel;
    }

    /// A reply begins: whatever was before does not count.
    void restart() {
        sinceNs = System.nanoTime();
        lastProgress = -1;
    }

    /// How long the socket has taken nothing although something waits for it; 0 when it has.
    long stalledNs(long nowNs) {
        ChannelOutboundBuffer out = channel.unsafe().outboundBuffer();
        if (out == null || out.current() == null) {
            sinceNs = nowNs;
            return 0;
        }
        long progress =
                System.identityHashCode(out.current())
                        ^ out.currentProgress() * 31
                        ^ out.totalPendingWriteBytes() << 20;
        if (progress != lastProgress) {
            lastProgress = progress;
            sinceNs = nowNs;
            return 0;
        }
        return nowNs - sinceNs;
    }
}
