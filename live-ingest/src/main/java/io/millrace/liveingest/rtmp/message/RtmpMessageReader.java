package io.millrace.liveingest.rtmp.message;

import io.millrace.liveingest.rtmp.RtmpProtocolException;
import io.millrace.liveingest.rtmp.amf.Amf0Reader;
import io.millrace.liveingest.rtmp.amf.AmfException;
import io.millrace.liveingest.rtmp.amf.AmfValue;
import io.millrace.liveingest.rtmp.amf.AmfValue.AmfNumber;
import io.millrace.liveingest.rtmp.amf.AmfValue.AmfString;
import io.millrace.liveingest.rtmp.message.RtmpMessage.Abort;
import io.millrace.liveingest.rtmp.message.RtmpMessage.Acknowledgement;
import io.millrace.liveingest.rtmp.message.RtmpMessage.Aggregate;
import io.millrace.liveingest.rtmp.message.RtmpMessage.Audio;
import io.millrace.liveingest.rtmp.message.RtmpMessage.Command;
import io.millrace.liveingest.rtmp.message.RtmpMessage.ScriptData;
import io.millrace.liveingest.rtmp.message.RtmpMessage.SetChunkSize;
import io.millrace.liveingest.rtmp.message.RtmpMessage.SetPeerBandwidth;
import io.millrace.liveingest.rtmp.message.RtmpMessage.Unknown;
import io.millrace.liveingest.rtmp.message.RtmpMessage.UserControl;
import io.millrace.liveingest.rtmp.message.RtmpMessage.Video;
import io.millrace.liveingest.rtmp.message.RtmpMessage.WindowAcknowledgementSize;
import io.netty.buffer.ByteBuf;

import java.util.List;

/// From a chunk stream's reassembled body to a {@link RtmpMessage}.
public final class RtmpMessageReader {
    private RtmpMessageReader() {}

    /// Takes `payload` over, also when it throws: media messages hold it on, all others have read
    /// it.
    public static RtmpMessage read(int type, long timestampMs, int messageStreamId, ByteBuf payload)
            throws RtmpProtocolException {
        switch (type) {
            case RtmpMessageType.AUDIO:
                return new Audio(messageStreamId, timestampMs, payload);
            case RtmpMessageType.VIDEO:
                return new Video(messageStreamId, timestampMs, payload);
            case RtmpMessageType.AGGREGATE:
                return new Aggregate(messageStreamId, timestampMs, payload);
            default:
                try {
                    return readWhole(type, timestampMs, messageStreamId, payload);
                } finally {
                    payload.release();
                }
        }
    }

    private static RtmpMessage readWhole(
            int type, long timestampMs, int messageStreamId, ByteBuf in)
            throws RtmpProtocolException {
        return switch (type) {
            case RtmpMessageType.SET_CHUNK_SIZE ->
                    // The highest bit is reserved and must be 0.
                    new SetChunkSize(need(in, 4, type).readInt() & 0x7FFF_FFFF);
            case RtmpMessageType.ABORT -> new Abort(need(in, 4, type).readInt());
            case RtmpMessageType.ACKNOWLEDGEMENT ->
                    new Acknowledgement(need(in, 4, type).readUnsignedInt());
            case RtmpMessageType.USER_CONTROL -> userControl(in);
            case RtmpMessageType.WINDOW_ACKNOWLEDGEMENT_SIZE ->
                    new WindowAcknowledgementSize(need(in, 4, type).readUnsignedInt());
            case RtmpMessageType.SET_PEER_BANDWIDTH -> {
                long bytes = need(in, 4, type).readUnsignedInt();
                yield new SetPeerBandwidth(bytes, in.isReadable() ? in.readUnsignedByte() : 0);
            }
            case RtmpMessageType.COMMAND_AMF0 -> command(messageStreamId, in);
            case RtmpMessageType.COMMAND_AMF3 -> command(messageStreamId, skipFormat(in));
            case RtmpMessageType.DATA_AMF0 -> scriptData(messageStreamId, timestampMs, in);
            case RtmpMessageType.DATA_AMF3 ->
                    scriptData(messageStreamId, timestampMs, skipFormat(in));
            default -> new Unknown(type);
        };
    }

    private static RtmpMessage userControl(ByteBuf in) throws RtmpProtocolException {
        int event = need(in, 2, RtmpMessageType.USER_CONTROL).readUnsignedShort();
        long value = in.readableBytes() >= 4 ? in.readUnsignedInt() : 0;
        long second = in.readableBytes() >= 4 ? in.readUnsignedInt() : 0;
        return new UserControl(event, value, second);
    }

    private static RtmpMessage command(int messageStreamId, ByteBuf in) throws AmfException {
        List<AmfValue> values = Amf0Reader.readAll(in);
        if (values.isEmpty() || !(values.getFirst() instanceof AmfString(String name))) {
            throw new AmfException("a command without a name");
        }
        // Some clients leave the transaction id out of commands that want no answer.
        boolean numbered = values.size() > 1 && values.get(1) instanceof AmfNumber;
        double transactionId = numbered ? ((AmfNumber) values.get(1)).value() : 0;
        return new Command(
                messageStreamId,
                name,
                transactionId,
                values.subList(numbered ? 2 : 1, values.size()));
    }

    /// Metadata that cannot be read is no reason to lose a stream.
    private static RtmpMessage scriptData(int messageStreamId, long timestampMs, ByteBuf in) {
        try {
            return new ScriptData(messageStreamId, timestampMs, Amf0Reader.readAll(in));
        } catch (AmfException _) {
            return new Unknown(RtmpMessageType.DATA_AMF0);
        }
    }

    /// Types 15 and 17 start with a format selector, 0, and go on in AMF0. Some senders forget it.
    private static ByteBuf skipFormat(ByteBuf in) {
        if (in.isReadable() && in.getByte(in.readerIndex()) == 0) {
            in.skipBytes(1);
        }
        return in;
    }

    private static ByteBuf need(ByteBuf in, int bytes, int type) throws RtmpProtocolException {
        if (in.readableBytes() < bytes) {
            throw new RtmpProtocolException(
                    "message type " + type + " of " + in.readableBytes() + " bytes");
        }
        return in;
    }
}
