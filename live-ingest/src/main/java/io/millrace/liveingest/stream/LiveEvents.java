package io.millrace.liveingest.stream;

/// Told about a stream's life, so that the platform can be. Called on the stream's event loop:
/// implementations hand over and return, never block. A stream's calls come in this order: started,
/// playable, (interrupted, resumed)*, ended.
public interface LiveEvents {
    LiveEvents NONE = new LiveEvents() {};

    /// A publisher was accepted and the stream exists.
    default void streamStarted(StreamInfo stream) {}

    /// The first segment can be fetched.
    default void streamPlayable(StreamInfo stream) {}

    /// The publisher is gone; the stream waits for it to come back.
    default void streamInterrupted(StreamInfo stream) {}

    /// The publisher is back within the resume window.
    default void streamResumed(StreamInfo stream) {}

    /// The stream is over; its playlist has its end.
    default void streamEnded(StreamInfo stream) {}
}
