package io.millrace.delivery.http;

import io.netty.buffer.ByteBuf;

/// What is done with a WebSocket's messages. Called on {@link WebSocket#loop} only, never after
/// {@link #onClose}; what it throws closes the connection with 1011.
public interface WebSocketHandler {
    void onText(String text);

    /// A piece of a binary message, in order, as frames bring it: messages are not put together.
    /// Borrows `piece`.
    ///
    /// @param last whether the message ends here
    void onBinary(ByteBuf piece, boolean last);

    /// The server drains: finish and close. The connection is closed at last when its patience is
    /// over.
    void onDrain();

    /// It is over. Called once, last.
    ///
    /// @param code the peer's, 1005 when it gave none, {@link WebSocket#BROKEN} when the connection
    ///   ended otherwise
    void onClose(int code);
}
