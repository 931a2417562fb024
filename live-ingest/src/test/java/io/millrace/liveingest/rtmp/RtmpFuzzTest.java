package io.millrace.liveingest.rtmp;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.millrace.liveingest.flv.FlvAudioBody;
import io.millrace.liveingest.flv.FlvException;
import io.millrace.liveingest.flv.FlvVideoBody;
import io.millrace.liveingest.rtmp.chunk.ChunkReader;
import io.millrace.liveingest.rtmp.handshake.RtmpHandshake;
import io.millrace.liveingest.rtmp.message.RtmpMessage;
import io.millrace.liveingest.rtmp.message.RtmpMessage.Aggregate;
import io.millrace.liveingest.rtmp.message.RtmpMessage.Audio;
import io.millrace.liveingest.rtmp.message.RtmpMessage.Video;
import io.millrace.liveingest.rtmp.message.RtmpMessageReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;

/// Whatever a peer sends: a value, or a checked exception, and nothing left allocated.
///
/// Without `JAZZER_FUZZ=1` the kept seeds are replayed.
class RtmpFuzzTest {
    @FuzzTest
    void handshake(byte[] data) {
        try {
            var handshake = new RtmpHandshake();
            ByteBuf answer = handshake.read(Unpooled.wrappedBuffer(data), ByteBufAllocator.DEFAULT);
            if (answer != null) {
                answer.release();
            }
        } catch (RtmpProtocolException _) {
            // what it may do
        }
    }

    @FuzzTest
    void chunksAndMessages(byte[] data) {
        try (var reader = new ChunkReader(ByteBufAllocator.DEFAULT, RtmpFuzzTest::read)) {
            int middle = data.length / 2;
            reader.read(Unpooled.wrappedBuffer(data, 0, middle));
            reader.read(Unpooled.wrappedBuffer(data, middle, data.length - middle));
        } catch (RtmpProtocolException _) {
            // what it may do
        }
    }

    private static void read(int type, long time, int msid, ByteBuf payload)
            throws RtmpProtocolException {
        RtmpMessage message = RtmpMessageReader.read(type, time, msid, payload);
        switch (message) {
            case Audio(_, _, ByteBuf body) -> body.release();
            case Video(_, _, ByteBuf body) -> body.release();
            case Aggregate(_, _, ByteBuf body) -> body.release();
            default -> {}
        }
    }

    @FuzzTest
    void tagBodies(byte[] data) {
        try {
            FlvVideoBody.read(Unpooled.wrappedBuffer(data));
        } catch (FlvException _) {
            // what it may do
        }
        try {
            FlvAudioBody.read(Unpooled.wrappedBuffer(data));
        } catch (FlvException _) {
            // what it may do
        }
    }
}
