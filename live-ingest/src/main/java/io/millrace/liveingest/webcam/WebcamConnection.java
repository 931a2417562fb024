package io.millrace.liveingest.webcam;

import io.millrace.delivery.http.WebSocket;
import io.millrace.delivery.http.WebSocketHandler;
import io.millrace.liveingest.auth.PublishDecision;
import io.millrace.liveingest.auth.PublishDecision.Allowed;
import io.millrace.liveingest.auth.PublishDecision.Denied;
import io.millrace.liveingest.auth.PublishRequest;
import io.millrace.liveingest.auth.PublishTarget;
import io.millrace.liveingest.webcam.WebcamMessage.End;
import io.millrace.liveingest.webcam.WebcamMessage.Hello;
import io.netty.buffer.ByteBuf;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// One WebSocket of a page, and its part in a {@link WebcamSession}.
///
///     (opened) -> hello -> (authorized) -> ready: bytes -> (closed)
///
/// Its socket's event loop only, but for what says otherwise.
final class WebcamConnection implements WebSocketHandler {
    private static final Logger log = LoggerFactory.getLogger(WebcamConnection.class);

    /// Why a socket is not read at the moment; bits of a set.
    static final int STREAM_IS_BEHIND = 1;

    static final int NOT_STARTED = 2;
    private static final int SESSION_IS_BEHIND = 4;
    private static final long MAX_IN_FLIGHT = 4 << 20;

    private final WebcamEndpoint endpoint;
    private final String name;
    private final WebSocket socket;
    private final Future<?> helloDeadline;
    private final AtomicInteger pauses = new AtomicInteger();
    private final AtomicLong inFlight = new AtomicLong();
    private boolean greeted;
    private volatile @Nullable WebcamSession session;

    /// @param name of the stream, as the path had it
    WebcamConnection(WebcamEndpoint endpoint, String name, WebSocket socket) {
        this.endpoint = endpoint;
        this.name = name;
        this.socket = socket;
        helloDeadline =
                socket.loop()
                        .schedule(
                                () -> socket.close(WebSocket.POLICY_VIOLATION, "No hello came."),
                                endpoint.options().helloTimeout().toMillis(),
                                TimeUnit.MILLISECONDS);
    }

    @Override
    public void onText(String text) {
        switch (WebcamMessage.read(text)) {
            case Hello hello when !greeted -> {
                greeted = true;
                helloDeadline.cancel(false);
                hello(hello);
            }
            case End(long offset) -> {
                WebcamSession known = session;
                if (known != null) {
                    known.run(() -> known.end(this, offset));
                }
            }
            case null, default ->
                    socket.close(WebSocket.PROTOCOL_ERROR, "This message is not expected here.");
        }
    }

    private void hello(Hello hello) {
        String address = NetUtil.toAddressString(socket.remoteAddress().getAddress());
        String rawName = name + "?t=" + encode(hello.key()) + "&p=" + encode(hello.partner());
        switch (PublishTarget.read("", WebcamEndpoint.APP, rawName, address)) {
            case PublishTarget.Unusable(String message) -> refuse("name", message, false);
            case PublishTarget.Named(PublishRequest request) ->
                    endpoint.authorizer()
                            .authorize(request)
                            .whenComplete(
                                    (decision, failure) ->
                                            onLoop(
                                                    () ->
                                                            decided(
                                                                    hello, request, decision,
                                                                    failure)));
        }
    }

    private static String encode(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private void decided(
            Hello hello,
            PublishRequest request,
            @Nullable PublishDecision decision,
            @Nullable Throwable failure) {
        switch (decision) {
            case null -> {
                log.error("live {}: authorizing failed", request.entryId(), failure);
                refuse("unavailable", "The stream key cannot be checked at the moment.", true);
            }
            case Denied(PublishDecision.Reason reason, String message) -> {
                log.warn(
                        "live {}: refused {}: {}: {}",
                        request.entryId(),
                        request.remoteAddress(),
                        reason,
                        message);
                switch (reason) {
                    case UNAUTHORIZED -> refuse("unauthorized", message, false);
                    case NOT_FOUND -> refuse("not-found", message, false);
                    case LIMIT -> refuse("limit", message, false);
                    case BUSY -> refuse("busy", message, false);
                    case UNAVAILABLE -> refuse("unavailable", message, true);
                }
            }
            case Allowed allowed -> endpoint.join(this, hello, request, allowed);
        }
    }

    @Override
    public void onBinary(ByteBuf piece, boolean last) {
        WebcamSession known = session;
        if (known == null) {
            socket.close(WebSocket.PROTOCOL_ERROR, "Bytes before ready.");
            return;
        }
        if (known.loop() == socket.loop()) {
            known.data(this, piece);
            return;
        }
        int size = piece.readableBytes();
        if (inFlight.addAndGet(size) > MAX_IN_FLIGHT) {
            pause(SESSION_IS_BEHIND);
        }
        piece.retain();
        known.run(
                () -> {
                    try {
                        known.data(this, piece);
                    } finally {
                        piece.release();
                        if (inFlight.addAndGet(-size) < MAX_IN_FLIGHT / 2) {
                            resume(SESSION_IS_BEHIND);
                        }
                    }
                });
    }

    @Override
    public void onDrain() {
        refuse("stopping", "The server is going down; another one may take over.", true);
    }

    @Override
    public void onClose(int code) {
        helloDeadline.cancel(false);
        WebcamSession known = session;
        if (known != null) {
            known.run(() -> known.left(this, code));
        }
    }

    // --- what sessions do; thread-safe --------------------------------------------------------

    /// This connection brings the session's bytes from now on.
    ///
    /// @param offset of the first byte it is to send
    void ready(WebcamSession joined, long offset) {
        session = joined;
        socket.sendText(WebcamMessage.ready(offset));
    }

    void send(String message) {
        socket.sendText(message);
    }

    void restart(String message) {
        socket.sendText(WebcamMessage.restart(message));
        socket.close(WebSocket.NORMAL, "restart");
    }

    void refuse(String reason, String message, boolean retry) {
        socket.sendText(WebcamMessage.refused(reason, message, retry));
        socket.close(retry ? WebSocket.TRY_AGAIN_LATER : WebSocket.POLICY_VIOLATION, message);
    }

    void ended(long offset) {
        socket.sendText(WebcamMessage.ended(offset));
        socket.close(WebSocket.NORMAL, "ended");
    }

    /// The page came back on another connection.
    void replaced() {
        socket.close(WebSocket.NORMAL, "replaced");
    }

    void pause(int reason) {
        if (pauses.getAndUpdate(bits -> bits | reason) == 0) {
            socket.setReading(false);
        }
    }

    void resume(int reason) {
        int before = pauses.getAndUpdate(bits -> bits & ~reason);
        if (before == reason) {
            socket.setReading(true);
        }
    }

    WebSocket socket() {
        return socket;
    }

    private void onLoop(Runnable action) {
        try {
            socket.loop().execute(action);
        } catch (RejectedExecutionException _) {
            // The loops have stopped.
        }
    }
}
