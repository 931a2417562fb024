package io.millrace.liveingest.rtmp.session;

import io.millrace.liveingest.stream.StreamPublisher;
import io.netty.buffer.ByteBuf;

import java.util.ArrayDeque;

/// Where a connection is in its conversation.
///
///     AwaitingConnect -> Connected -> Closing
///            +---------------------------^
sealed interface SessionState {
    /// The handshake is done.
    record AwaitingConnect() implements SessionState {}

    /// @param tcUrl and app as the client sent them: they may hold the key
    /// @param reconnects whether the client understands a request to reconnect
    record Connected(String tcUrl, String app, boolean reconnects) implements SessionState {}

    /// A last word is on its way out; what comes in is thrown away.
    record Closing(String reason) implements SessionState {}

    /// Where one message stream is.
    ///
    ///     Created -> Authorizing -> Publishing -> Finished
    sealed interface Publication {
        record Created() implements Publication {}

        /// The platform is being asked; media waits here.
        record Authorizing(String streamName, ArrayDeque<HeldMedia> held) implements Publication {
            void release() {
                held.forEach(media -> media.body().release());
                held.clear();
            }
        }

        record Publishing(StreamPublisher publisher) implements Publication {}

        record Finished() implements Publication {}
    }

    record HeldMedia(boolean video, long timestampMs, ByteBuf body) {}
}
