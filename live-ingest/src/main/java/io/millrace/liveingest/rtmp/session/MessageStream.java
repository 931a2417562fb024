package io.millrace.liveingest.rtmp.session;

import io.millrace.liveingest.rtmp.message.RtmpMessage.ScriptData;
import io.netty.buffer.ByteBuf;

/// What one message stream of a connection is used for. Its connection's event loop only.
sealed interface MessageStream permits MessageStream.Unused, PublishSession, PlaySession {

    /// Takes `body` over.
    void media(boolean video, long timestampMs, ByteBuf body);

    void scriptData(ScriptData data);

    /// Whether the client's name in FCUnpublish or deleteStream means this stream.
    boolean isNamed(String name);

    /// Whether it is in use: a message stream that is not may be put to another use.
    boolean isActive();

    /// Whether the client sends media on it.
    boolean sendsMedia();

    /// Ends what it does; does nothing when that has ended.
    ///
    /// @param saidSo whether the client asked for it, or its connection is just gone
    void finish(boolean saidSo);

    /// Created, and no command came yet. What comes anyway is dropped.
    enum Unused implements MessageStream {
        UNUSED;

        @Override
        public void media(boolean video, long timestampMs, ByteBuf body) {
            body.release();
        }

        @Override
        public void scriptData(ScriptData data) {}

        @Override
        public boolean isNamed(String name) {
            return false;
        }

        @Override
        public boolean isActive() {
            return false;
        }

        @Override
        public boolean sendsMedia() {
            return false;
        }

        @Override
        public void finish(boolean saidSo) {}
    }
}
