package io.millrace.liveingest.rtmp.message;

import io.millrace.liveingest.rtmp.amf.Amf0Writer;
import io.millrace.liveingest.rtmp.amf.AmfValue;
import io.millrace.liveingest.rtmp.chunk.ChunkWriter;
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
import io.netty.buffer.ByteBufAllocator;

import java.util.function.Consumer;

/// From a {@link RtmpMessage} to chunks, with the chunk stream that kind of message goes on.
public final class RtmpMessageWriter {
    private static final int CONTROL_STREAM = 2;
    private static final int COMMAND_STREAM = 3;
    public static final int AUDIO_STREAM = 4;
    public static final int DATA_STREAM = 5;
    public static final int VIDEO_STREAM = 6;

    private RtmpMessageWriter() {}

    /// Appends the message to `out`. Takes the message's payload over.
    public static void write(
            ChunkWriter chunks, RtmpMessage message, ByteBuf out, ByteBufAllocator allocator) {
        switch (message) {
            case Audio(int msid, long time, ByteBuf payload) ->
                    release(chunks, AUDIO_STREAM, RtmpMessageType.AUDIO, time, msid, payload, out);
            case Video(int msid, long time, ByteBuf payload) ->
                    release(chunks, VIDEO_STREAM, RtmpMessageType.VIDEO, time, msid, payload, out);
            case Aggregate(int msid, long time, ByteBuf payload) ->
                    release(
                            chunks,
                            VIDEO_STREAM,
                            RtmpMessageType.AGGREGATE,
                            time,
                            msid,
                            payload,
                            out);
            case Unknown(int type) ->
                    throw new IllegalArgumentException(
                            "message type: " + type + " (expected: known)");
            case SetChunkSize(int size) -> {
                small(
                        chunks,
                        RtmpMessageType.SET_CHUNK_SIZE,
                        out,
                        allocator,
                        b -> b.writeInt(size));
                chunks.maxChunkSize(size);
            }
            case Abort(int csid) ->
                    small(chunks, RtmpMessageType.ABORT, out, allocator, b -> b.writeInt(csid));
            case Acknowledgement(long bytes) ->
                    small(
                            chunks,
                            RtmpMessageType.ACKNOWLEDGEMENT,
                            out,
                            allocator,
                            b -> b.writeInt((int) bytes));
            case WindowAcknowledgementSize(long bytes) ->
                    small(
                            chunks,
                            RtmpMessageType.WINDOW_ACKNOWLEDGEMENT_SIZE,
                            out,
                            allocator,
                            b -> b.writeInt((int) bytes));
            case SetPeerBandwidth(long bytes, int limit) ->
                    small(
                            chunks,
                            RtmpMessageType.SET_PEER_BANDWIDTH,
                            out,
                            allocator,
                            b -> b.writeInt((int) bytes).writeByte(limit));
            case UserControl(int event, long value, long second) ->
                    small(
                            chunks,
                            RtmpMessageType.USER_CONTROL,
                            out,
                            allocator,
                            b -> {
                                b.writeShort(event).writeInt((int) value);
                                if (event == UserControl.SET_BUFFER_LENGTH) {
                                    b.writeInt((int) second);
                                }
                            });
            case Command command -> {
                ByteBuf body = allocator.buffer(256);
                Amf0Writer.write(body, AmfValue.of(command.name()));
                Amf0Writer.write(body, AmfValue.of(command.transactionId()));
                command.arguments().forEach(value -> Amf0Writer.write(body, value));
                release(
                        chunks,
                        COMMAND_STREAM,
                        RtmpMessageType.COMMAND_AMF0,
                        0,
                        command.messageStreamId(),
                        body,
                        out);
            }
            case ScriptData data -> {
                ByteBuf body = allocator.buffer(256);
                data.values().forEach(value -> Amf0Writer.write(body, value));
                release(
                        chunks,
                        DATA_STREAM,
                        RtmpMessageType.DATA_AMF0,
                        data.timestampMs(),
                        data.messageStreamId(),
                        body,
                        out);
            }
        }
    }

    private static void small(
            ChunkWriter chunks,
            int type,
            ByteBuf out,
            ByteBufAllocator allocator,
            Consumer<ByteBuf> fields) {
        ByteBuf body = allocator.buffer(16);
        fields.accept(body);
        release(chunks, CONTROL_STREAM, type, 0, 0, body, out);
    }

    private static void release(
            ChunkWriter chunks,
            int chunkStreamId,
            int type,
            long timestampMs,
            int messageStreamId,
            ByteBuf payload,
            ByteBuf out) {
        try {
            chunks.write(chunkStreamId, type, timestampMs, messageStreamId, payload, out);
        } finally {
            payload.release();
        }
    }
}
