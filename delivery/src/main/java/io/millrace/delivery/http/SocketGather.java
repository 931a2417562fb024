package io.millrace.delivery.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.util.concurrent.FastThreadLocal;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// Stretches of memory that a plain socket gets in one `sendmsg(2)`, past the channel's queue.
///
/// A segment of a file that is interleaved by frames is some hundred stretches of the page cache:
/// as messages of a channel each costs a buffer, a promise and an entry of its queue, here sixteen
/// bytes.
///
/// What the socket did not take is the caller's to queue; so is a failure, which it meets again
/// there. Linux with Netty's epoll only. One for each event loop, used on it alone and at once.
final class SocketGather {
    private static final Logger LOG = LoggerFactory.getLogger(SocketGather.class);

    /// `IOV_MAX`.
    private static final int MAX_STRETCHES = 1024;

    private static final int MSG_DONTWAIT = 0x40;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int MSG_MORE = 0x8000;

    /// `struct iovec` and `struct msghdr` of 64-bit Linux.
    private static final long IOVEC_BYTES = 16;

    private static final long MSGHDR_BYTES = 56;
    private static final long MSGHDR_IOV = 16;
    private static final long MSGHDR_IOVLEN = 24;

    private static final @Nullable MethodHandle SENDMSG = sendmsg();

    private static final FastThreadLocal<SocketGather> OF_LOOP =
            new FastThreadLocal<>() {
                @Override
                protected SocketGather initialValue() {
                    return new SocketGather();
                }
            };

    private final MemorySegment stretches = Arena.ofAuto().allocate(MAX_STRETCHES * IOVEC_BYTES, 8);
    private final MemorySegment message = Arena.ofAuto().allocate(MSGHDR_BYTES, 8);
    private int socket;
    private int count;
    private long bytes;

    private SocketGather() {
        message.set(ValueLayout.JAVA_LONG, MSGHDR_IOV, stretches.address());
    }

    private static @Nullable MethodHandle sendmsg() {
        String arch = System.getProperty("os.arch", "");
        if (!System.getProperty("os.name", "").equals("Linux")
                || !arch.equals("amd64") && !arch.equals("aarch64")) {
            return null;
        }
        try {
            Linker linker = Linker.nativeLinker();
            return linker.downcallHandle(
                    linker.defaultLookup().find("sendmsg").orElseThrow(),
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_INT,
                            ValueLayout.ADDRESS,
                            ValueLayout.JAVA_INT));
        } catch (RuntimeException e) {
            LOG.info("replies are not gathered into one call: {}", e.toString());
            return null;
        }
    }

    /// For a socket in whose channel nothing waits; the caller has written nothing since the last
    /// flush.
    ///
    /// @return empty; null where the socket must be left to its channel
    static @Nullable SocketGather of(Channel channel) {
        if (SENDMSG == null
                || !(channel instanceof EpollSocketChannel epoll)
                || !epoll.isActive()) {
            return null;
        }
        ChannelOutboundBuffer queue = epoll.unsafe().outboundBuffer();
        if (queue == null || !queue.isEmpty() || queue.totalPendingWriteBytes() > 0) {
            return null;
        }
        SocketGather gather = OF_LOOP.get();
        gather.socket = epoll.fd().intValue();
        gather.count = 0;
        gather.bytes = 0;
        return gather;
    }

    /// Whether it has room for another stretch.
    boolean hasRoom() {
        return count < MAX_STRETCHES;
    }

    long bytes() {
        return bytes;
    }

    /// Adds what is readable of a buffer, which must live until {@link #send}.
    ///
    /// @return false when it lies on the heap
    boolean add(ByteBuf buffer, int index, int length) {
        if (buffer.hasMemoryAddress()) {
            add(buffer.memoryAddress() + index, length);
            return true;
        }
        if (buffer.isDirect() && buffer.nioBufferCount() == 1) {
            add(MemorySegment.ofBuffer(buffer.internalNioBuffer(index, length)).address(), length);
            return true;
        }
        return false;
    }

    void add(long address, long length) {
        long at = count * IOVEC_BYTES;
        stretches.set(ValueLayout.JAVA_LONG, at, address);
        stretches.set(ValueLayout.JAVA_LONG, at + 8, length);
        count++;
        bytes += length;
    }

    /// Gives the socket what was added.
    ///
    /// @param more whether other bytes follow at once
    /// @return how many bytes it took; 0 also when it failed
    long send(boolean more) {
        MethodHandle sendmsg = SENDMSG;
        if (sendmsg == null || count == 0) {
            return 0;
        }
        message.set(ValueLayout.JAVA_LONG, MSGHDR_IOVLEN, count);
        int flags = MSG_DONTWAIT | MSG_NOSIGNAL | (more ? MSG_MORE : 0);
        try {
            return Math.max(0, (long) sendmsg.invokeExact(socket, message, flags));
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
