package io.millrace.liveingest.rtmp.session;

/// Where a connection is in its conversation. What its message streams do is each one's own state.
///
///     AwaitingConnect -> Connected -> Closing
///            +---------------------------^
sealed interface SessionState {
    /// The handshake is done.
    record AwaitingConnect() implements SessionState {}

    record Connected(ConnectRequest client) implements SessionState {}

    /// A last word is on its way out; what comes in is thrown away.
    record Closing(String reason) implements SessionState {}
}
