package io.millrace.liveingest.rtmp.session;

/// The session around a message stream: what the stream may ask of it. Its connection's event loop
/// only.
interface Conversation {
    RtmpPeer peer();

    /// Media waits for an answer (or, negative, does so no longer): the connection reads no more
    /// when it is too much, and is closed when more comes even so.
    void holds(int bytes);

    /// Says no in words for people, and closes: trying again will not help.
    ///
    /// @param message for the client
    /// @param reason for the log, whose only line of it this is
    /// @param metric one word for the counter of refusals
    void refuse(int messageStreamId, String code, String message, String reason, String metric);

    /// The same where the log says what the client is told.
    default void refuse(int messageStreamId, String code, String message, String metric) {
        refuse(messageStreamId, code, message, message, metric);
    }

    /// Closes without a word: trying again may help.
    void close(String reason, String metric);

    /// A message stream has lost what it did, and the client was told: the connection is of no more
    /// use unless another stream of it does something.
    void closeIfIdle(String reason, String metric);

    /// This server goes down: asks to reconnect where the client understands that, and closes.
    void goAway();
}
