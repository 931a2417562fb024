package io.millrace.benchmarks;

import org.apache.mina.core.buffer.IoBuffer;
import org.red5.server.api.Red5;
import org.red5.server.net.rtmp.RTMPConnection;
import org.red5.server.net.rtmp.codec.RTMP;
import org.red5.server.net.rtmp.codec.RTMPProtocolDecoder;
import org.red5.server.net.rtmp.message.Packet;

import java.util.List;

/// Red5's chunk decoder (red5-server-common) as its own pipeline uses it: what a socket gave is put
/// behind what was left over, and the whole handed to `decodeBuffer`. The thread that makes one
/// must be the one that uses it.
final class Red5Decoder {
    private final RTMPConnection connection = new Unconnected();
    private final RTMPProtocolDecoder decoder = new RTMPProtocolDecoder();
    private final IoBuffer gathered = IoBuffer.allocate(256 << 10).setAutoExpand(true);

    Red5Decoder(int chunkSize) {
        connection.setStateCode(RTMP.STATE_CONNECTED);
        connection.getState().setReadChunkSize(chunkSize);
        Red5.setConnectionLocal(connection);
    }

    /// The messages that are complete now: {@link Packet}s.
    List<Object> decode(byte[] bytes) {
        gathered.put(bytes);
        gathered.flip();
        return decoder.decodeBuffer(connection, gathered);
    }

    /// A connection that only holds the decoder's state.
    static final class Unconnected extends RTMPConnection {
        Unconnected() {
            super("PERSISTENT");
        }

        @Override
        public void write(Packet packet) {}

        @Override
        public void writeRaw(IoBuffer bytes) {}

        @Override
        protected void onInactive() {}
    }
}
