package io.millrace.liveingest.rtmp.message;

import io.millrace.liveingest.rtmp.amf.AmfValue;
import io.millrace.liveingest.rtmp.amf.AmfValue.AmfObject;
import io.millrace.liveingest.rtmp.amf.AmfValue.AmfString;
import io.netty.buffer.ByteBuf;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// One RTMP message. Those with a `payload` own it: who is handed one releases it or hands it on.
public sealed interface RtmpMessage {

    /// Type 1: our next read chunks are this long.
    record SetChunkSize(int sizeBytes) implements RtmpMessage {}

    /// Type 2: forget what came of this chunk stream's message.
    record Abort(int chunkStreamId) implements RtmpMessage {}

    /// Type 3: the peer has received so many bytes, modulo 2^32.
    record Acknowledgement(long bytes) implements RtmpMessage {}

    /// Type 4. `value` is the event's first field (a message stream id or a time stamp), `second`
    /// its second where there is one, else 0.
    record UserControl(int event, long value, long second) implements RtmpMessage {
        public static final int STREAM_BEGIN = 0;
        public static final int STREAM_EOF = 1;
        public static final int SET_BUFFER_LENGTH = 3;
        public static final int PING_REQUEST = 6;
        public static final int PING_RESPONSE = 7;
    }

    /// Type 5: acknowledge at least this often.
    record WindowAcknowledgementSize(long bytes) implements RtmpMessage {}

    /// Type 6.
    ///
    /// @param limit 0 hard, 1 soft, 2 dynamic
    record SetPeerBandwidth(long bytes, int limit) implements RtmpMessage {}

    /// Types 20 and 17. `arguments` are all values after the transaction id.
    record Command(int messageStreamId, String name, double transactionId, List<AmfValue> arguments)
            implements RtmpMessage {
        public Command {
            arguments = List.copyOf(arguments);
        }

        /// The argument as text, or empty.
        public String string(int index) {
            return index < arguments.size()
                            && arguments.get(index) instanceof AmfString(String value)
                    ? value
                    : "";
        }

        public @Nullable AmfObject object(int index) {
            return index < arguments.size() && arguments.get(index) instanceof AmfObject object
                    ? object
                    : null;
        }
    }

    /// Types 18 and 15: metadata and the like.
    record ScriptData(int messageStreamId, long timestampMs, List<AmfValue> values)
            implements RtmpMessage {
        public ScriptData {
            values = List.copyOf(values);
        }
    }

    /// Type 8; the payload is the body of an FLV audio tag.
    ///
    /// @param timestampMs unsigned 32 bit, as on the wire
    record Audio(int messageStreamId, long timestampMs, ByteBuf payload) implements RtmpMessage {}

    /// Type 9; the payload is the body of an FLV video tag.
    record Video(int messageStreamId, long timestampMs, ByteBuf payload) implements RtmpMessage {}

    /// Type 22: FLV tags in one message.
    record Aggregate(int messageStreamId, long timestampMs, ByteBuf payload)
            implements RtmpMessage {}

    /// A type nobody defines, or one that publishers don't need (shared objects). Already dropped.
    record Unknown(int type) implements RtmpMessage {}
}
