package io.millrace.delivery.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.LastHttpContent;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;

/// The body of an HTTP/1.1 connection's current request, from the decoder to whoever reads it, or
/// to nowhere. Its event loop only.
final class Http1Body {
    /// What is read and dropped of a body nobody wanted, to keep the connection.
    private static final long MAX_DISCARD_BYTES = 256 << 10;

    private static final ByteBuf CONTINUE =
            Unpooled.unreleasableBuffer(
                    Unpooled.directBuffer()
                            .writeBytes(
                                    "HTTP/1.1 100 Continue\r\n\r\n"
                                            .getBytes(StandardCharsets.US_ASCII))
                            .asReadOnly());

    /// What became of a piece.
    enum Taken {
        /// More may follow.
        MORE,
        /// The body is whole.
        WHOLE,
        /// What follows cannot be told apart: after the reply the connection closes.
        BROKEN,
        /// Its reader was told that it is too large; the connection closes after the reply.
        REFUSED,
        /// More was dropped than keeping the connection is worth.
        TOO_MUCH
    }

    private final ListenerState listener;
    private final RequestDecoder decoder;
    private final Channel channel;
    private boolean present;
    private boolean ended;
    private boolean continueOwed;
    private long bytes;
    private long rateBytes;
    private long rateSinceNs;

    Http1Body(ListenerState listener, RequestDecoder decoder, Channel channel) {
        this.listener = listener;
        this.decoder = decoder;
        this.channel = channel;
    }

    /// Of a request that cannot be read: nobody knows where it ends.
    void beginUnknown() {
        present = false;
        ended = false;
        continueOwed = false;
        bytes = 0;
    }

    void begin(RequestHead head) {
        present = head.hasBody();
        ended = !present;
        continueOwed = head.expectsContinue() && present;
        bytes = 0;
    }

    /// Whether the connection is past it.
    boolean isEnded() {
        return ended;
    }

    /// Whether the rest is not worth reading for the connection's sake.
    boolean isHopeless(@Nullable RequestHead head) {
        return !ended
                && (continueOwed
                        || head == null
                        || head.contentLength() - bytes > MAX_DISCARD_BYTES);
    }

    /// @param content taken over
    /// @param reader null when nobody reads it
    Taken take(
            HttpContent content,
            HttpRouter.Route route,
            @Nullable RequestBody reader,
            boolean discarding) {
        if (!present) {
            // The empty end that follows every head.
            content.release();
            return Taken.MORE;
        }
        if (content.decoderResult().isFailure()) {
            content.release();
            ended = true;
            decoder.pause();
            fail(
                    reader,
                    RequestBodyException.Reason.MALFORMED,
                    "The body's chunks are broken: "
                            + content.decoderResult().cause().getMessage());
            return Taken.BROKEN;
        }
        int size = content.content().readableBytes();
        bytes += size;
        rateBytes += size;
        boolean last = content instanceof LastHttpContent;
        if (discarding || reader == null) {
            content.release();
            if (!last && discarding && bytes > MAX_DISCARD_BYTES) {
                return Taken.TOO_MUCH;
            }
        } else if (bytes > route.maxBodyBytes()) {
            content.release();
            decoder.pause();
            fail(reader, RequestBodyException.Reason.TOO_LARGE, RequestDispatch.tooLarge(route));
            return Taken.REFUSED;
        } else if (reader.offer(content.content())) {
            decoder.pause();
        }
        if (!last) {
            return Taken.MORE;
        }
        ended = true;
        decoder.pause();
        if (reader != null) {
            reader.end();
        }
        return Taken.WHOLE;
    }

    /// Somebody is going to read it: a client that waits to be asked is asked.
    void open() {
        if (continueOwed) {
            continueOwed = false;
            channel.writeAndFlush(CONTINUE.duplicate());
        }
    }

    /// From now on the client is what is waited for.
    void await() {
        rateBytes = 0;
        rateSinceNs = System.nanoTime();
    }

    /// Whether it came slower than bodies must; its reader was told then.
    boolean isTooSlow(@Nullable RequestBody reader, long nowNs) {
        HttpLimits limits = listener.limits();
        if (reader == null || ended || limits.bodyBytesPerSecond() == 0) {
            return false;
        }
        if (reader.isHeldBack()) {
            rateBytes = 0;
            rateSinceNs = nowNs;
            return false;
        }
        long elapsedNs = nowNs - rateSinceNs;
        if (elapsedNs < limits.bodyRateWindow().toNanos()) {
            return false;
        }
        boolean slow = rateBytes < limits.bodyBytesPerSecond() * (elapsedNs / 1e9);
        if (slow) {
            decoder.pause();
            fail(
                    reader,
                    RequestBodyException.Reason.TOO_SLOW,
                    "The body came slower than "
                            + limits.bodyBytesPerSecond()
                            + " bytes a second.");
        }
        rateBytes = 0;
        rateSinceNs = nowNs;
        return slow;
    }

    static void fail(
            @Nullable RequestBody reader, RequestBodyException.Reason reason, String text) {
        if (reader != null) {
            reader.fail(new RequestBodyException(reason, text));
        }
    }
}
