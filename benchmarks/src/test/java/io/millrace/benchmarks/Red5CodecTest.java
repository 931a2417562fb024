package io.millrace.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.liveingest.rtmp.RtmpProtocolException;
import io.millrace.liveingest.rtmp.chunk.ChunkReader;
import io.millrace.liveingest.rtmp.chunk.ChunkWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;

import org.apache.mina.core.buffer.IoBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.red5.server.api.Red5;
import org.red5.server.net.rtmp.RTMPConnection;
import org.red5.server.net.rtmp.codec.RTMP;
import org.red5.server.net.rtmp.codec.RTMPProtocolEncoder;
import org.red5.server.net.rtmp.event.AudioData;
import org.red5.server.net.rtmp.event.IRTMPEvent;
import org.red5.server.net.rtmp.event.VideoData;
import org.red5.server.net.rtmp.message.Header;
import org.red5.server.net.rtmp.message.Packet;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

/// Red5's codec as an independent witness: what it writes we read, and what we write it reads.
class Red5CodecTest {
    /// @param time unsigned 32 bit
    private record Message(int type, long time, String body) {}

    private static List<Message> random(long startMs) {
        var random = new Random(startMs);
        List<Message> messages = new ArrayList<>();
        long time = startMs;
        for (int i = 0; i < 120; i++) {
            byte[] body = new byte[1 + random.nextInt(i % 10 == 0 ? 9000 : 700)];
            random.nextBytes(body);
            body[0] = (byte) (i % 3 == 0 ? 0xAF : 0x27);
            messages.add(new Message(i % 3 == 0 ? 8 : 9, time, HexFormat.of().formatHex(body)));
            time += random.nextInt(60);
        }
        return messages;
    }

    private static int chunkStream(Message message) {
        return message.type() == 8 ? 4 : 6;
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 0xFF_FF00, 0x1234_5678})
    void weReadWhatRed5Writes(long startMs) throws RtmpProtocolException {
        RTMPConnection connection = new Red5Decoder.Unconnected();
        connection.setStateCode(RTMP.STATE_CONNECTED);
        connection.getState().setWriteChunkSize(128);
        Red5.setConnectionLocal(connection);
        var encoder = new RTMPProtocolEncoder();
        List<Message> sent = random(startMs);
        List<Message> read = new ArrayList<>();
        try (var reader =
                new ChunkReader(
                        ByteBufAllocator.DEFAULT,
                        (type, time, _, payload) -> {
                            read.add(new Message(type, time, ByteBufUtil.hexDump(payload)));
                            payload.release();
                        })) {
            for (Message message : sent) {
                IoBuffer body = IoBuffer.wrap(HexFormat.of().parseHex(message.body()));
                IRTMPEvent event = message.type() == 8 ? new AudioData(body) : new VideoData(body);
                event.setTimestamp((int) message.time());
                var header = new Header();
                header.setChannelId(chunkStream(message));
                header.setStreamId(1);
                header.setDataType((byte) message.type());
                header.setTimer((int) message.time());
                header.setSize(body.limit());
                IoBuffer wire = encoder.encodePacket(new Packet(header, event));
                byte[] bytes = new byte[wire.remaining()];
                wire.get(bytes);
                reader.read(Unpooled.wrappedBuffer(bytes));
            }
        }
        assertThat(read).isEqualTo(sent);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 0xFF_FF00, 0x1234_5678})
    void red5ReadsWhatWeWrite(long startMs) {
        var writer = new ChunkWriter();
        List<Message> sent = random(startMs);
        List<Message> read = new ArrayList<>();
        var decoder = new Red5Decoder(ChunkReader.DEFAULT_CHUNK_SIZE);
        for (Message message : sent) {
            ByteBuf wire = Unpooled.buffer();
            writer.write(
                    chunkStream(message),
                    message.type(),
                    message.time(),
                    1,
                    Unpooled.wrappedBuffer(HexFormat.of().parseHex(message.body())),
                    wire);
            for (Object decoded : decoder.decode(ByteBufUtil.getBytes(wire))) {
                read.add(message((Packet) decoded));
            }
        }
        assertThat(read).isEqualTo(sent);
    }

    private static Message message(Packet packet) {
        IoBuffer data =
                packet.getMessage() instanceof AudioData audio
                        ? audio.getData()
                        : ((VideoData) packet.getMessage()).getData();
        byte[] body = new byte[data.limit()];
        data.position(0);
        data.get(body);
        return new Message(
                packet.getHeader().getDataType(),
                packet.getMessage().getTimestamp() & 0xFFFF_FFFFL,
                HexFormat.of().formatHex(body));
    }
}
