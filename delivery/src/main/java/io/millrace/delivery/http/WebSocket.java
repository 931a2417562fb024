package io.millrace.delivery.http;

import io.netty.channel.EventLoop;

import java.net.InetSocketAddress;

/// Our end of a WebSocket, RFC 6455, for who handles it ({@link WebSocketHandler}). Thread-safe;
/// what is done after the end is dropped.
public interface WebSocket {
    /// Normal closure, RFC 6455 §7.4.1.
    int NORMAL = 1000;

    /// The server goes down.
    int GOING_AWAY = 1001;

    /// What came makes no sense.
    int PROTOCOL_ERROR = 1002;

    /// The peer asks for what it may not have.
    int POLICY_VIOLATION = 1008;

    int TOO_BIG = 1009;

    /// Our own mistake.
    int INTERNAL_ERROR = 1011;

    /// Come back later, to the same server or another.
    int TRY_AGAIN_LATER = 1013;

    /// Told to {@link WebSocketHandler#onClose} when the connection broke without a word.
    int BROKEN = 1006;

    /// Sends a text message. A peer that reads nothing is cut off once {@link
    /// WebSocketOptions#maxQueuedBytes} wait for it.
    void sendText(String text);

    /// Reads on, or leaves what comes to TCP.
    void setReading(boolean reading);

    /// Says why and closes; the peer has a moment to say the same. Messages that still come are
    /// dropped.
    ///
    /// @param code 1000..4999, RFC 6455 §7.4
    /// @param reason for people; cut at 123 bytes
    void close(int code, String reason);

    /// Where the handler is called.
    EventLoop loop();

    /// Who is there, as {@link HttpExchange#remoteAddress} says.
    InetSocketAddress remoteAddress();
}
