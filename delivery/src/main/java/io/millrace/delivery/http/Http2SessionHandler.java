package io.millrace.delivery.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.AbstractHttp2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Settings;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Netty's side of a {@link Http2Session}: gathers flushes, counts what clients do wrong. Its event
/// loop only.
final class Http2SessionHandler extends Http2ConnectionHandler {
    private static final Logger LOG = LoggerFactory.getLogger(HttpServer.class);

    /// Answers to SETTINGS, PING and the like that may wait for a client that reads nothing.
    private static final int MAX_QUEUED_CONTROL_FRAMES = 1000;

    private final Http2Session session;
    private boolean reading;

    private Http2SessionHandler(
            Http2Session session,
            Http2ConnectionDecoder decoder,
            Http2ConnectionEncoder encoder,
            Http2Settings settings) {
        super(decoder, encoder, settings);
        this.session = session;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) throws Exception {
        super.handlerAdded(ctx);
        session.started(ctx);
        flush(ctx);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) throws Exception {
        reading = true;
        super.channelRead(ctx, msg);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
        reading = false;
        // Flushes.
        super.channelReadComplete(ctx);
    }

    /// Flushes now, or with the answers to whatever else is being read.
    void flushSoon() {
        if (!reading) {
            flush(session.context());
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) throws Exception {
        super.channelInactive(ctx);
        session.ended();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) throws Exception {
        if (Http2CodecUtil.getEmbeddedHttp2Exception(cause) != null) {
            super.exceptionCaught(ctx, cause);
            return;
        }
        // Resets and broken TLS are the clients' daily business; anything else is ours.
        if (cause instanceof java.io.IOException
                || cause instanceof io.netty.handler.codec.DecoderException) {
            LOG.debug("connection of {} failed", session.peer(), cause);
        } else {
            LOG.error("connection of {} failed", session.peer(), cause);
        }
        ctx.close();
    }

    @Override
    protected void onConnectionError(
            ChannelHandlerContext ctx, boolean outbound, Throwable cause, Http2Exception http2) {
        if (http2 == null && !(cause instanceof java.io.IOException)) {
            LOG.error("connection of {} failed", session.peer(), cause);
        } else {
            LOG.debug("connection of {} failed", session.peer(), cause);
        }
        if (http2 != null && http2.error() == Http2Error.ENHANCE_YOUR_CALM) {
            LOG.info("connection of {} closed: {}", session.peer(), http2.getMessage());
        }
        super.onConnectionError(ctx, outbound, cause, http2);
    }

    /// Puts a connection's codec together.
    static final class Builder
            extends AbstractHttp2ConnectionHandlerBuilder<Http2SessionHandler, Builder> {
        private final Http2Session session;

        Builder(
                Http2Session session,
                Http2Connection connection,
                HttpLimits limits,
                int streamWindowBytes) {
            this.session = session;
            connection(connection);
            frameListener(session);
            initialSettings(
                    Http2Settings.defaultSettings()
                            .maxConcurrentStreams(limits.http2().streams())
                            .maxHeaderListSize(limits.headerBytes())
                            .initialWindowSize(streamWindowBytes));
            int seconds = (int) Math.max(1, limits.http2().window().toSeconds());
            decoderEnforceMaxRstFramesPerWindow(limits.http2().resets(), seconds);
            encoderEnforceMaxRstFramesPerWindow(limits.http2().resets(), seconds);
            encoderEnforceMaxQueuedControlFrames(MAX_QUEUED_CONTROL_FRAMES);
            headerSensitivityDetector(Http2Heads.UNTABLED);
            validateRequiredPseudoHeaders(true);
            encoderIgnoreMaxHeaderListSize(true);
            // The listener's drain has its own patience.
            gracefulShutdownTimeoutMillis(-1);
        }

        @Override
        protected Http2SessionHandler build() {
            return super.build();
        }

        @Override
        protected Http2SessionHandler build(
                Http2ConnectionDecoder decoder,
                Http2ConnectionEncoder encoder,
                Http2Settings settings) {
            return new Http2SessionHandler(session, decoder, encoder, settings);
        }
    }
}
