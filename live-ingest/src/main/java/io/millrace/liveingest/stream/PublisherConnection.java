package io.millrace.liveingest.stream;

/// A publisher's connection, as its stream sees it. Thread-safe.
public interface PublisherConnection {
    /// Somebody else publishes this stream now, or it was ended here: say so and close.
    void disconnect(DisconnectReason reason);

    /// Reads on or not: false when more has come in than the stream's loop has worked off.
    void setReading(boolean reading);

    /// For logs.
    String remoteAddress();

    enum DisconnectReason {
        TAKEN_OVER,
        SHUTTING_DOWN
    }
}
